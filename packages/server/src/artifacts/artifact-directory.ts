import { randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { VoxtraceError } from '@voxtrace/model'
import { type ArtifactStorage, checkedPath, type ListedArtifact } from './artifact-storage.ts'

/** Files in a directory of this machine. */
export function artifactDirectory(directory: string): ArtifactStorage {
  const placeOf = (path: string) =>
    path === '' ? directory : join(directory, ...checkedPath(path).split('/'))
  return {
    write: (path, content) => save(placeOf(path), content),

    async read(path) {
      const place = placeOf(path)
      const found = await stat(place).catch(absent)
      if (found === null || !found.isFile()) return null
      return { size: found.size, content: createReadStream(place) }
    },

    async list(path) {
      const place = placeOf(path)
      const entries = (await readdir(place, { withFileTypes: true }).catch(absent)) ?? []
      const shown = entries
        .filter((entry) => !entry.name.endsWith('.part'))
        .sort((a, b) => (a.name < b.name ? -1 : 1))
      return Promise.all(
        shown.map(async (entry): Promise<ListedArtifact> => {
          if (entry.isDirectory()) return { path: entry.name, is_dir: true }
          return { path: entry.name, is_dir: false, file_size: (await stat(join(place, entry.name))).size }
        }),
      )
    },

    async remove(path) {
      await rm(placeOf(path), { recursive: true, force: true }).catch(absent)
    },
  }
}

function absent(error: unknown): null {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(code)) return null
  throw error
}

/** Writes beside the place and renames, so that no reader sees half a file and one cut off leaves nothing. */
async function save(place: string, content: Readable): Promise<void> {
  const draft = join(dirname(place), `.${randomUUID()}.part`)
  try {
    await mkdir(dirname(place), { recursive: true })
    await pipeline(content, createWriteStream(draft))
    const file = await open(draft)
    await file.sync()
    await file.close()
    await rename(draft, place)
  } catch (error) {
    await rm(draft, { force: true })
    throw storageError(error)
  }
}

function storageError(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOSPC') {
    return new VoxtraceError('TEMPORARILY_UNAVAILABLE', 'The disk is full; the file was not stored.', {
      cause: error,
    })
  }
  if (code === 'ENAMETOOLONG') {
    return new VoxtraceError(
      'INVALID_PARAMETER_VALUE',
      'A name in the path is longer than the file system takes. Choose a shorter one.',
      { cause: error },
    )
  }
  if (code === 'EEXIST' || code === 'ENOTDIR' || code === 'EISDIR' || code === 'ENOTEMPTY') {
    return new VoxtraceError(
      'INVALID_PARAMETER_VALUE',
      'The path is taken: a file stands where a directory is wanted, or a directory where a file is.',
      { cause: error },
    )
  }
  return error
}
