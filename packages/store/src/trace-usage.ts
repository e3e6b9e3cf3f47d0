import { traceMetadata } from '@voxtrace/model'
import { type RawBuilder, sql } from 'kysely'
import type { Connection, Database } from './database.ts'
import { jsonText } from './json-text.ts'
import type { ModelUsage } from './model-usage.ts'

/** Tokens, or US dollars. */
interface Amounts {
  input: number
  output: number
  total: number
}

/** What the spans of a trace come to; null where no span counts any. */
export interface Usage {
  tokens: Amounts | null
  cost: Amounts | null
}

/** Traces of more spans have their usage summed up behind the writers, not in every batch anew. */
export const largeTrace = 2_000

/** What one span counts. */
export interface CountingSpan extends ModelUsage {
  spanId: string
  parentSpanId: string | null
}

/** The columns that make a `CountingSpan`. */
const countingColumns = sql`span_id AS "spanId", parent_span_id AS "parentSpanId",
  input_tokens AS "inputTokens", output_tokens AS "outputTokens", total_tokens AS "totalTokens",
  input_cost AS "inputCost", output_cost AS "outputCost", total_cost AS "totalCost"`

/** Deeper trees are read whole: each level is a statement. */
const mostLevels = 50

/**
 * The spans of a trace that use a model or count anything, and those above them: all that tells which of them count. Of a
 * large trace they are few.
 */
export async function readCounting(
  connection: Connection,
  traceId: string,
): Promise<(CountingSpan & { model: string | null })[]> {
  const read = (condition: RawBuilder<unknown>) =>
    connection.rows(sql<CountingSpan & { model: string | null }>`
      SELECT model, ${countingColumns} FROM spans WHERE trace_id = ${traceId} AND ${condition}`)
  const found = await read(sql`(model IS NOT NULL OR total_tokens IS NOT NULL OR total_cost IS NOT NULL)`)
  const asked = new Set(found.map(({ spanId }) => spanId))
  let latest = found
  for (let level = 0; latest.length > 0; level++) {
    if (level === mostLevels) return read(sql`true`)
    const above: string[] = []
    for (const { parentSpanId } of latest) {
      if (parentSpanId === null || asked.has(parentSpanId)) continue
      asked.add(parentSpanId)
      above.push(parentSpanId)
    }
    latest = above.length === 0 ? [] : await read(sql`span_id = ANY(${above}::text[])`)
    found.push(...latest)
  }
  return found
}

/** The usage of a trace that is written already. */
export async function readUsage(transaction: Connection, traceId: string): Promise<Usage> {
  const rows = await transaction.rows(
    sql<CountingSpan>`SELECT ${countingColumns} FROM spans WHERE trace_id = ${traceId}`,
  )
  return usageOf(rows)
}

/** Sums up the usage of those of the traces that are large, each in a transaction of its own. */
export async function sumUpLargeTraces(database: Database, traceIds: string[]): Promise<void> {
  const large = await database.rows(sql<{ traceId: string }>`
    SELECT trace_id AS "traceId" FROM traces
    WHERE trace_id = ANY(${traceIds}) AND span_count > ${largeTrace} AND NOT (usage_by_client AND cost_by_client)`)
  for (const { traceId } of large) {
    await database.transaction(async (transaction) => {
      const [told] = await transaction.rows(sql<ToldByClient>`
        SELECT usage_by_client AS "usageByClient", cost_by_client AS "costByClient"
        FROM traces WHERE trace_id = ${traceId} FOR NO KEY UPDATE`)
      if (told === undefined) return
      const usage = usageOf(await readCounting(transaction, traceId))
      const metadata = usageMetadata(besideClient(usage, told))
      await transaction.rows(sql`
        UPDATE traces SET metadata = metadata || ${jsonText(metadata)}::jsonb WHERE trace_id = ${traceId}`)
    })
  }
}

/** Which parts of a trace's usage its client has told. */
export interface ToldByClient {
  usageByClient: boolean
  costByClient: boolean
}

/** The usage without what the client has told itself, which wins. */
export function besideClient(usage: Usage, { usageByClient, costByClient }: ToldByClient): Usage {
  return { tokens: usageByClient ? null : usage.tokens, cost: costByClient ? null : usage.cost }
}

/** Usage as MLflow's clients read it in the metadata of a trace. */
export function usageMetadata(usage: Usage | null): Record<string, string> {
  const metadata: Record<string, string> = {}
  if (usage?.tokens) {
    const { input, output, total } = usage.tokens
    metadata[traceMetadata.tokenUsage] = JSON.stringify({
      input_tokens: input,
      output_tokens: output,
      total_tokens: total,
    })
  }
  if (usage?.cost) {
    const { input, output, total } = usage.cost
    metadata[traceMetadata.cost] = JSON.stringify({
      input_cost: input,
      output_cost: output,
      total_cost: total,
    })
  }
  return metadata
}

/**
 * What a trace's spans come to. A span that counts tokens speaks for everything below it (an agent that sums up its model
 * calls), so spans below it are not added again, and so with costs, as in MLflow's `aggregate_usage_from_spans` and
 * `aggregate_cost_from_spans`.
 */
export function usageOf(rows: CountingSpan[]): Usage {
  const tokens = uncovered(rows, (row) => row.totalTokens !== null)
  const cost = uncovered(rows, (row) => row.totalCost !== null)
  return {
    tokens: amounts(tokens, ({ inputTokens, outputTokens, totalTokens }) => [
      inputTokens,
      outputTokens,
      totalTokens,
    ]),
    cost: amounts(cost, ({ inputCost, outputCost, totalCost }) => [inputCost, outputCost, totalCost]),
  }
}

/** The spans that count and have none above them that counts. */
export function uncovered<Row extends Pick<CountingSpan, 'spanId' | 'parentSpanId'>>(
  rows: Row[],
  counts: (row: Row) => boolean,
): Row[] {
  const counting = rows.filter(counts)
  if (counting.length < 2) return counting
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
      if (counts(span)) {
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

  return counting.filter((row) => !isCovered(row.parentSpanId))
}

function amounts<Row>(rows: Row[], read: (row: Row) => (number | null)[]): Amounts | null {
  if (rows.length === 0) return null
  const sum = { input: 0, output: 0, total: 0 }
  for (const row of rows) {
    const [input, output, total] = read(row)
    sum.input += input ?? 0
    sum.output += output ?? 0
    sum.total += total ?? 0
  }
  return sum
}
