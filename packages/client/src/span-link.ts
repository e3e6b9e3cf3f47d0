import type { SpanLinkOptions } from './options.ts'

/** A link to another span, in the form in which MLflow's SDK makes one; its options alone do as well. */
export class SpanLink implements SpanLinkOptions {
  readonly traceId: string
  readonly spanId: string
  readonly attributes: Record<string, unknown>

  constructor({ traceId, spanId, attributes }: SpanLinkOptions) {
    this.traceId = traceId
    this.spanId = spanId
    this.attributes = attributes ?? {}
  }
}
