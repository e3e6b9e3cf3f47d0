import type { Stats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Log, VoxtraceError } from '@voxtrace/model'
import type { Document } from './document.ts'
import { readFile } from './read-file.ts'
import { readFolder } from './read-folder.ts'
import { readUrl } from './read-url.ts'

/**
 * Reads the documents of a knowledge source: a folder (recursively), a file, or an http(s) URL (that one page).
 *
 * Errors: nothing there, no permission, nothing readable in it, or the page failing; each says what to do.
 */
export async function readSource(source: string, log: Log): Promise<Document[]> {
  if (/^https?:\/\//i.test(source)) return [await readUrl(source)]
  const path = resolve(source.startsWith('file:') ? fileURLToPath(source) : source)
  const found = await statSource(path, source)
  if (found.isDirectory()) return readFolder(path, log)
  return [await readFile(path)]
}

async function statSource(path: string, source: string): Promise<Stats> {
  try {
    return await stat(path)
  } catch (error) {
    throw new VoxtraceError(
      'INVALID_PARAMETER_VALUE',
      `The knowledge source ${source} cannot be read. Give a folder, a file or a URL that exists and is readable.`,
      { cause: error },
    )
  }
}
