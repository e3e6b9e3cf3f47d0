import { readdir, realpath, stat } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import { type Log, VoxtraceError } from '@voxtrace/model'
import type { Document } from './document.ts'
import { formatOfExtension, readableExtensions } from './format.ts'
import { readFile } from './read-file.ts'

const ignoredFolders = new Set(['node_modules', 'dist', 'build', 'vendor', '__pycache__', 'coverage'])
const mostFiles = 5000

/**
 * Reads every document of a folder and the folders in it, in the order of their paths. Dot files, dependencies and
 * build output are left out; a file that cannot be read is left out with a warning.
 *
 * Errors: no document in it, or more than 5,000.
 */
export async function readFolder(folder: string, log: Log): Promise<Document[]> {
  const paths = (await documentPaths(folder, new Set(), log)).sort()
  if (paths.length === 0) {
    throw new VoxtraceError(
      'INVALID_PARAMETER_VALUE',
      `The knowledge folder ${folder} holds no document. Readable are ${readableExtensions.join(', ')}.`,
    )
  }
  const documents: Document[] = []
  for (const path of paths) {
    const source = relative(folder, path).split(sep).join('/')
    try {
      documents.push(await readFile(path, source))
    } catch (error) {
      log.warn('left out a document of the knowledge folder', { source, reason: messageOf(error) })
    }
  }
  return documents
}

async function documentPaths(folder: string, visited: Set<string>, log: Log): Promise<string[]> {
  const real = await realpath(folder)
  if (visited.has(real)) return []
  visited.add(real)
  const paths: string[] = []
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.name.startsWith('.')) continue
    const path = join(folder, entry.name)
    const kind = entry.isSymbolicLink() ? await followed(path, log) : entry
    if (kind?.isDirectory() && !ignoredFolders.has(entry.name)) {
      paths.push(...(await documentPaths(path, visited, log)))
    } else if (kind?.isFile() && formatOfExtension(extname(entry.name))) paths.push(path)
    if (paths.length > mostFiles) {
      throw new VoxtraceError(
        'INVALID_PARAMETER_VALUE',
        `The knowledge folder ${folder} holds more than ${mostFiles} documents. Give a smaller one.`,
      )
    }
  }
  return paths
}

async function followed(path: string, log: Log) {
  try {
    return await stat(path)
  } catch (error) {
    log.warn('left out a link of the knowledge folder', { path, reason: messageOf(error) })
    return null
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
