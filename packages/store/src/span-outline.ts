import type { SpanStatus } from '@voxtrace/model'
import type { SpanOutline } from '@voxtrace/protocol'
import { sql } from 'kysely'
import type { Connection } from './database.ts'
import { Keyset, type PageRow } from './search/keyset.ts'
import type { Page } from './search/query.ts'

interface OutlineRow extends Omit<SpanOutline, 'status'>, PageRow {
  statusCode: SpanStatus['code']
  statusMessage: string
}

/** A page of a trace's spans in order of start, without their payloads. */
export async function readOutline(
  connection: Connection,
  traceId: string,
  maxResults: number,
  pageToken: string | null | undefined,
): Promise<Page<SpanOutline>> {
  const keyset = new Keyset(
    [
      { expression: sql`start_time_ns`, type: 'bigint', ascending: true, nullable: false },
      { expression: sql`span_id`, type: 'text', ascending: true, nullable: false },
    ],
    ['outline', traceId],
    pageToken,
  )
  const rows = await connection.rows(sql<OutlineRow>`
    SELECT span_id AS "spanId", parent_span_id AS "parentSpanId", name, kind, type,
      start_time_ns::text AS "startTimeUnixNano", end_time_ns::text AS "endTimeUnixNano",
      status_code AS "statusCode", status_message AS "statusMessage", model, provider,
      input_tokens AS "inputTokens", output_tokens AS "outputTokens", total_tokens AS "totalTokens",
      total_cost AS "totalCost", is_turn AS "isTurn", ${keyset.column}
    FROM spans WHERE trace_id = ${traceId} AND ${keyset.behind}
    ORDER BY ${keyset.orderBy} LIMIT ${maxResults + 1}::bigint`)
  const page = keyset.page(rows, maxResults)
  return {
    ...page,
    items: page.items.map(({ statusCode, statusMessage, ...rest }) => ({
      ...rest,
      status: { code: statusCode, message: statusMessage },
    })),
  }
}
