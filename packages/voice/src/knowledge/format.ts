import type { Section } from './document.ts'
import { readHtml } from './html.ts'
import { readMarkdown } from './markdown.ts'

export type Format = 'markdown' | 'html'

const byExtension: Readonly<Record<string, Format>> = {
  '.md': 'markdown',
  '.markdown': 'markdown',
  '.mdx': 'markdown',
  '.txt': 'markdown',
  '.text': 'markdown',
  '.html': 'html',
  '.htm': 'html',
  '.xhtml': 'html',
}

const byContentType: Readonly<Record<string, Format>> = {
  'text/markdown': 'markdown',
  'text/x-markdown': 'markdown',
  'text/plain': 'markdown',
  'text/html': 'html',
  'application/xhtml+xml': 'html',
}

export const readableExtensions = Object.keys(byExtension)
export const readableContentTypes = Object.keys(byContentType)

/** How a file is read, by its extension (with the dot, any case); null when it is not. */
export function formatOfExtension(extension: string): Format | null {
  return byExtension[extension.toLowerCase()] ?? null
}

/** How an answer is read, by its media type without parameters; null when it is not. */
export function formatOfContentType(mediaType: string): Format | null {
  return byContentType[mediaType.toLowerCase()] ?? null
}

export function readSections(text: string, format: Format): Section[] {
  return format === 'html' ? readHtml(text) : readMarkdown(text)
}

/**
 * The text of a file: UTF-16 where a byte order mark says so, else UTF-8, its malformed bytes replaced. Null when the
 * bytes are no text.
 */
export function decodeText(bytes: Uint8Array): string | null {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes)
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes)
  if (bytes.subarray(0, 8192).includes(0)) return null
  return new TextDecoder('utf-8').decode(bytes)
}
