import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type RunFile, runFilesQuery, runFileUrl } from '../../api/run-files.ts'
import { formatBytes } from '../../format/text.ts'

/** The files that a run logged, folder by folder; each is fetched when it is pressed. */
export function RunFiles({ runId }: { runId: string }) {
  const { data: files, error } = useQuery(runFilesQuery(runId, ''))
  if (!error && (files === undefined || files.length === 0)) return null
  return (
    <section>
      <h2 className="heading">Files</h2>
      {error ? <p className="faint">{error.message}</p> : <FileList runId={runId} files={files} />}
    </section>
  )
}

function FileList({ runId, files }: { runId: string; files: readonly RunFile[] }) {
  return (
    <ul className="run-files">
      {files.map((file) => (
        <li key={file.path}>
          {file.isFolder ? (
            <Folder runId={runId} folder={file} />
          ) : (
            <>
              <a href={runFileUrl(runId, file.path)} download>
                {nameOf(file)}
              </a>
              {file.bytes !== null && <span className="faint">{formatBytes(file.bytes)}</span>}
            </>
          )}
        </li>
      ))}
    </ul>
  )
}

function Folder({ runId, folder }: { runId: string; folder: RunFile }) {
  const [isOpen, setOpen] = useState(false)
  const { data: files, error } = useQuery({ ...runFilesQuery(runId, folder.path), enabled: isOpen })
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{nameOf(folder)}</summary>
      {error && <p className="faint">{error.message}</p>}
      {files && <FileList runId={runId} files={files} />}
    </details>
  )
}

function nameOf({ path }: RunFile): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
