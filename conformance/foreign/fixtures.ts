import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Span } from '@voxtrace/model'
import { decodeTraceRequestJson } from '@voxtrace/protocol'

/** What a producer exported, as one request of OTLP/JSON. */
export function fixtureText(producer: string): string {
  return readFileSync(join(import.meta.dirname, 'fixtures', `${producer}.json`), 'utf8')
}

/** The spans that a producer exported, in the order in which they arrived. */
export function fixtureSpans(producer: string): Span[] {
  const { spans, rejected } = decodeTraceRequestJson(fixtureText(producer))
  if (rejected.count > 0) throw new Error(rejected.messages.join('\n'))
  return spans
}
