import type { Readable } from 'node:stream'
import { VoxtraceError } from '@voxtrace/model'

/** One entry of a directory of files. */
export interface ListedArtifact {
  /** The name within its directory. */
  path: string
  is_dir: boolean
  file_size?: number
}

/**
 * Where files that clients upload are kept. Paths are relative, with slashes, and were checked by `checkedPath`.
 *
 * What a write has acknowledged is there whole; a write that fails leaves nothing.
 */
export interface ArtifactStorage {
  write(path: string, content: Readable): Promise<void>
  /** The file, or null when there is none. */
  read(path: string): Promise<{ size: number; content: Readable } | null>
  /** What is in a directory (the root when empty), by name; nothing when there is no such directory. */
  list(path: string): Promise<ListedArtifact[]>
  /** Deletes a file, or a directory with all that is in it. */
  remove(path: string): Promise<void>
}

/** A path that leads nowhere else than it says. @throws VoxtraceError INVALID_PARAMETER_VALUE in MLflow's words */
export function checkedPath(path: string): string {
  const strays =
    path === '' ||
    path.includes('\0') ||
    path.includes('\\') ||
    path.split('/').some((part) => ['', '.', '..'].includes(part))
  if (strays) throw new VoxtraceError('INVALID_PARAMETER_VALUE', 'Invalid path')
  return path
}
