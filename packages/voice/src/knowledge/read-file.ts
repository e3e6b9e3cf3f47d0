import { readFile as readBytes, stat } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import { VoxtraceError } from '@voxtrace/model'
import type { Document } from './document.ts'
import { decodeText, formatOfExtension, readableExtensions, readSections } from './format.ts'

/** Bytes. Larger files are data rather than documents. */
export const largestFile = 16 * 1024 * 1024

/** Reads one file. `source` is how passages name it; by default its name. Errors: not readable, too large, no text. */
export async function readFile(path: string, source = basename(path)): Promise<Document> {
  const format = formatOfExtension(extname(path))
  if (!format) {
    throw new VoxtraceError(
      'INVALID_PARAMETER_VALUE',
      `${path} is no document that can be read. Readable are ${readableExtensions.join(', ')}.`,
    )
  }
  const { size } = await stat(path)
  if (size > largestFile) {
    throw new VoxtraceError(
      'INVALID_PARAMETER_VALUE',
      `${path} has ${Math.round(size / 1e6)} MB; documents of up to ${largestFile / 1024 / 1024} MB are read. Split it.`,
    )
  }
  const text = decodeText(await readBytes(path))
  if (text === null) {
    throw new VoxtraceError('INVALID_PARAMETER_VALUE', `${path} holds binary data rather than text.`)
  }
  return { source, sections: readSections(text, format) }
}
