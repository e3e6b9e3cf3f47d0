import { useId, useRef } from 'react'
import { audioUrl, clipUrl } from '../api/recordings.ts'
import { Icon } from '../components/icon.tsx'
import type { Stretch } from './player.ts'
import type { Track } from './track.ts'
import './export-menu.css'

interface ExportMenuProps {
  traceId: string
  tracks: readonly Track[]
  /** Makes the transcript when it is asked for; null where nobody spoke. */
  transcript: (() => string) | null
  /** What a clip is cut to: its name for the reader, and where it lies. */
  clip: () => { name: string; stretch: Stretch }
}

/** Takes the conversation elsewhere: as text, as sound, as JSON. */
export function ExportMenu({ traceId, tracks, transcript, clip }: ExportMenuProps) {
  const id = useId()
  const menu = useRef<HTMLDivElement>(null)
  const name = traceId.slice(0, 11)
  const close = () => menu.current?.hidePopover()
  const closing = (act: () => void) => () => {
    act()
    close()
  }
  return (
    <>
      <button type="button" className="button" popoverTarget={id}>
        <Icon name="download" />
        Export
      </button>
      <div id={id} ref={menu} className="export-menu" popover="auto">
        {transcript && (
          <button type="button" onClick={closing(() => save(`${name}.txt`, transcript()))}>
            Transcript <small>text</small>
          </button>
        )}
        {tracks.map(({ recording }) => (
          <a
            key={recording.recordingId}
            href={audioUrl(recording)}
            download={`${name}-${recording.recordingId}`}
            onClick={close}
          >
            Recording {tracks.length > 1 ? recording.recordingId : ''}
            <small>{recording.contentType.slice('audio/'.length)}</small>
          </a>
        ))}
        {tracks.length > 0 && (
          <button type="button" onClick={closing(() => saveClip(clip(), tracks, name))}>
            Sound of the selected turn or span <small>wav</small>
          </button>
        )}
        <a
          href={`/api/voxtrace/traces/${encodeURIComponent(traceId)}`}
          download={`${name}.json`}
          onClick={close}
        >
          Trace <small>json</small>
        </a>
      </div>
    </>
  )
}

function saveClip(
  { name: part, stretch }: ReturnType<ExportMenuProps['clip']>,
  tracks: readonly Track[],
  name: string,
) {
  for (const { recording, startMs, endMs } of tracks) {
    const fromMs = Math.max(0, stretch.fromMs - startMs)
    const toMs = Math.min(endMs, stretch.toMs) - startMs
    if (toMs > fromMs) download(clipUrl(recording, fromMs, toMs), `${name}-${part}.wav`)
  }
}

function save(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }))
  download(url, name)
  // The browser has taken what it needs of the address once the click is done.
  setTimeout(() => URL.revokeObjectURL(url))
}

function download(url: string, name: string): void {
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
}
