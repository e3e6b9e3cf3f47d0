import { VoxtraceError } from '@voxtrace/model'
import type { Page } from './query.ts'

/** Page tokens as MLflow makes them: base64 of `{"offset": N}`. Their content is no promise. */
function pageToken(offset: number): string {
  return Buffer.from(JSON.stringify({ offset })).toString('base64')
}

/** @throws VoxtraceError INVALID_PARAMETER_VALUE when the token is not one of ours */
export function pageOffset(token: string | null | undefined): number {
  if (token === null || token === undefined || token === '') return 0
  try {
    const value: unknown = JSON.parse(Buffer.from(token, 'base64').toString())
    if (typeof value === 'object' && value !== null && 'offset' in value) {
      const { offset } = value
      if (typeof offset === 'number' && Number.isSafeInteger(offset) && offset >= 0) return offset
    }
  } catch {
    // Answered below, with what every malformed token is answered.
  }
  throw new VoxtraceError(
    'INVALID_PARAMETER_VALUE',
    `Invalid page token '${token.slice(0, 100)}', could not decode it. Give the next_page_token of an earlier answer, or none.`,
  )
}

/** A page of rows of which one more was read than it holds, to tell whether another follows. */
export function pageOf<Item>(rows: Item[], maxResults: number, offset: number): Page<Item> {
  return {
    items: rows.slice(0, maxResults),
    nextPageToken: rows.length > maxResults ? pageToken(offset + maxResults) : null,
  }
}
