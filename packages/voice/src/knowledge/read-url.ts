import { TextDecoder } from 'node:util'
import { VoxtraceError } from '@voxtrace/model'
import type { Document } from './document.ts'
import { formatOfContentType, readableContentTypes, readSections } from './format.ts'
import { largestFile } from './read-file.ts'

/**
 * Reads the one page at an http(s) URL. `timeoutMs` bounds the whole of it.
 *
 * Errors: unreachable, too slow, too large, an error status, or a content type that is no text.
 */
export async function readUrl(url: string, timeoutMs = 20_000): Promise<Document> {
  const fail = (what: string, cause?: unknown) =>
    new VoxtraceError('INVALID_PARAMETER_VALUE', `The knowledge at ${url} cannot be read: ${what}.`, {
      cause,
    })
  if (!URL.canParse(url)) throw fail('this is no valid URL')
  try {
    const response = await fetch(url, {
      signal: AbortSignal.timeout(timeoutMs),
      headers: { accept: 'text/markdown, text/html;q=0.9, text/plain;q=0.8' },
    })
    if (!response.ok) throw fail(`the server answered ${response.status} ${response.statusText}`.trim())
    const [mediaType = '', ...parameters] = (response.headers.get('content-type') ?? '').split(';')
    const format = formatOfContentType(mediaType.trim())
    if (!format) {
      throw fail(
        `its content type is ${mediaType.trim() || 'not given'}; readable are ${readableContentTypes.join(', ')}`,
      )
    }
    const bytes = await bodyOf(response, () => fail(`it is larger than ${largestFile / 1024 / 1024} MB`))
    const charset = /charset="?([^";\s]+)/i.exec(parameters.join(';'))?.[1] ?? 'utf-8'
    return { source: url, sections: readSections(decoder(charset).decode(bytes), format) }
  } catch (error) {
    if (error instanceof VoxtraceError) throw error
    const timedOut = error instanceof DOMException && error.name === 'TimeoutError'
    if (timedOut) throw fail(`no answer within ${timeoutMs / 1000} s`, error)
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    throw fail(cause instanceof Error ? cause.message : String(cause), error)
  }
}

async function bodyOf(response: Response, tooLarge: () => Error): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > largestFile) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function decoder(charset: string): TextDecoder {
  try {
    return new TextDecoder(charset)
  } catch {
    // A charset nobody knows: UTF-8 is the likeliest truth.
    return new TextDecoder()
  }
}
