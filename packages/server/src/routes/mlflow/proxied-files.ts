import { VoxtraceError } from '@voxtrace/model'
import { type ArtifactStorage, checkedPath, type ListedArtifact } from '../../artifacts/artifact-storage.ts'

/** Where files of an `mlflow-artifacts:` address are in the storage; null for other addresses. */
function proxiedRoot(uri: string): string | null {
  const path = /^mlflow-artifacts:(?:\/\/[^/]*)?\/+(.*)$/.exec(uri)?.[1]
  return path === undefined ? null : checkedPath(path.replace(/\/$/, ''))
}

/** The files below an address, by their paths from it; none when they are not in this server's storage. */
export async function proxiedFiles(
  artifacts: ArtifactStorage,
  uri: string,
  path: string | undefined,
): Promise<ListedArtifact[]> {
  const root = proxiedRoot(uri)
  if (root === null) return []
  const below = path?.replace(/\/$/, '')
  if (below === undefined) return artifacts.list(root)
  const files = await artifacts.list(`${root}/${checkedPath(below)}`)
  return files.map((file) => ({ ...file, path: `${below}/${file.path}` }))
}

/** Where a file below an address is in the storage. @throws VoxtraceError when the address is not in this server's storage */
export function proxiedFile(uri: string, path: string): string {
  const root = proxiedRoot(uri)
  if (root !== null) return `${root}/${checkedPath(path)}`
  throw new VoxtraceError(
    'INVALID_PARAMETER_VALUE',
    `The files are at ${uri}, which this server does not read.`,
  )
}
