import { traceMetadata } from '@voxtrace/model'
import { sql } from 'kysely'
import type { Connection, Database } from './database.ts'
import { jsonText } from './json-text.ts'

export interface Usage {
  input: number
  output: number
  total: number
}

/** Traces of more spans have their tokens summed up behind the writers, not in every batch anew. */
export const largeTrace = 2_000

/** What a span tells of the tokens of its trace. */
export interface CountingSpan {
  spanId: string
  parentSpanId: string | null
  input: number | null
  output: number | null
  /** Null when the span counts none. */
  total: number | null
}

/** The tokens of a trace that is written already; null when no span counts any. */
export async function readUsage(transaction: Connection, traceId: string): Promise<Usage | null> {
  const rows = await transaction.rows(sql<CountingSpan>`
    SELECT span_id AS "spanId", parent_span_id AS "parentSpanId",
           input_tokens AS input, output_tokens AS output, total_tokens AS total
    FROM spans WHERE trace_id = ${traceId}`)
  return usageOf(rows)
}

/** Sums up the tokens of those of the traces that are large, each in a transaction of its own. */
export async function sumUpLargeTraces(database: Database, traceIds: string[]): Promise<void> {
  const large = await database.rows(sql<{ traceId: string }>`
    SELECT trace_id AS "traceId" FROM traces
    WHERE trace_id = ANY(${traceIds}) AND span_count > ${largeTrace} AND NOT usage_by_client`)
  for (const { traceId } of large) {
    await database.transaction(async (transaction) => {
      await transaction.rows(sql`SELECT FROM traces WHERE trace_id = ${traceId} FOR NO KEY UPDATE`)
      const told = usageMetadata(await readUsage(transaction, traceId))
      await transaction.rows(sql`
        UPDATE traces SET metadata = metadata || ${jsonText(told)}::jsonb WHERE trace_id = ${traceId}`)
    })
  }
}

/** Tokens as MLflow's clients read them in the metadata of a trace. */
export function usageMetadata(usage: Usage | null): Record<string, string> {
  if (usage === null) return {}
  const { input, output, total } = usage
  return {
    [traceMetadata.tokenUsage]: JSON.stringify({
      input_tokens: input,
      output_tokens: output,
      total_tokens: total,
    }),
  }
}

/**
 * The tokens of a trace's spans, or null when no span counts any. A span that counts tokens speaks for everything below it
 * (an agent that sums up its model calls), so spans below it are not added again, as in MLflow's
 * `aggregate_usage_from_spans`.
 */
export function usageOf(rows: CountingSpan[]): Usage | null {
  const spans = new Map(rows.map((row) => [row.spanId, row]))
  const covered = new Map<string, boolean>()

  const isCovered = (spanId: string | null): boolean => {
    const path: string[] = []
    let found = false
    for (let id = spanId; id !== null; ) {
      const known = covered.get(id)
      if (known !== undefined) {
        found = known
        break
      }
      const span = spans.get(id)
      if (span === undefined) break
      if (span.total !== null) {
        found = true
        break
      }
      // Marked at once, so that spans which name each other as parents end the walk.
      covered.set(id, false)
      path.push(id)
      id = span.parentSpanId
    }
    for (const id of path) covered.set(id, found)
    return found
  }

  const counted = rows.filter((row) => row.total !== null && !isCovered(row.parentSpanId))
  if (counted.length === 0) return null
  const sum = (values: (number | null)[]) => values.reduce<number>((total, value) => total + (value ?? 0), 0)
  return {
    input: sum(counted.map((row) => row.input)),
    output: sum(counted.map((row) => row.output)),
    total: sum(counted.map((row) => row.total)),
  }
}
