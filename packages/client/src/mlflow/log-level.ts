import { SpanLogLevel } from '../mlflow-names.ts'
import type { SpanRecord } from '../record.ts'
import type { SpanRecorder } from '../recorder.ts'

const levels: Readonly<Record<string, number>> = SpanLogLevel
const infoTypes = new Set(['LLM', 'CHAT_MODEL', 'TOOL', 'RETRIEVER', 'AGENT', 'EMBEDDING'])

/** The number of a level, by its number or its name in any case. Throws an `Error` for anything else. */
export function toSpanLogLevel(value: unknown): number {
  const level = typeof value === 'string' ? levels[value.trim().toUpperCase()] : value
  if (typeof level === 'number' && Object.values(levels).includes(level)) return level
  throw new Error(
    `Invalid SpanLogLevel ${JSON.stringify(value)}. Expected one of ${Object.keys(levels).join(', ')}.`,
  )
}

/** Gives a span that ends the level that MLflow's SDK gives it: by its type, and at least ERROR after an exception. */
export function giveLogLevel(record: SpanRecord, recorder: SpanRecorder): void {
  // Spans of other instrumentations have no type of ours, and are left as they are.
  if (record.spanType === '') return
  const given = record.attributes?.['mlflow.spanLogLevel']
  const level = typeof given === 'number' ? given : null
  const hasFailed = record.extras?.events.some(({ name }) => name === 'exception') === true
  if (hasFailed && (level === null || level < SpanLogLevel.ERROR)) recorder.setLogLevel(record, 'ERROR')
  else if (level === null) recorder.setLogLevel(record, infoTypes.has(record.spanType) ? 'INFO' : 'DEBUG')
}
