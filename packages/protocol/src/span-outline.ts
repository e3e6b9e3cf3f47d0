import type { Span } from '@voxtrace/model'

/** A span without its payload: what a tree or a timeline shows. Times are decimal strings of nanoseconds. */
export interface SpanOutline extends Pick<Span, 'spanId' | 'parentSpanId' | 'name' | 'kind' | 'status'> {
  /** MLflow's span type, such as `CHAT_MODEL`. */
  type: string
  startTimeUnixNano: string
  endTimeUnixNano: string | null
  model: string | null
  provider: string | null
  inputTokens: number | null
  outputTokens: number | null
  totalTokens: number | null
  /** US dollars, as the producer counted them. */
  totalCost: number | null
  /** Whether it stands for a turn of a conversation. */
  isTurn: boolean
}

/** A page of a trace's spans in the order in which they began: `GET /api/voxtrace/traces/{trace_id}/spans`. */
export interface SpanPage {
  spans: SpanOutline[]
  /** How many spans the whole trace has. */
  spanCount: number
  /** What to give as `page_token` for the next page; null on the last. */
  nextPageToken: string | null
}
