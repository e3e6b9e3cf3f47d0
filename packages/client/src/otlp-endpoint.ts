import type { Target } from './delivery.ts'
import type { Connection } from './http.ts'
import type { Operation } from './operation.ts'
import { type Outcome, outcomeOf } from './outcome.ts'
import { type Packing, spansRequest } from './spans-request.ts'

/** Any endpoint that takes spans as OTLP over HTTP in protobuf, such as an OpenTelemetry Collector. */
export class OtlpEndpoint implements Target {
  readonly #connection: Connection
  readonly #path: string
  readonly #packing: Packing
  requests = 0

  /** `path`: below the connection's base address; empty for a base that is the whole address. */
  constructor(connection: Connection, path: string, packing: Packing) {
    this.#connection = connection
    this.#path = path
    this.#packing = packing
  }

  async deliver(operation: Operation): Promise<Outcome> {
    if (operation.kind !== 'spans') {
      return { kind: 'refused', reason: 'An OTLP endpoint takes spans alone.', missing: false }
    }
    try {
      this.requests++
      const response = await this.#connection.send(await spansRequest(this.#path, operation, this.#packing))
      const outcome = outcomeOf(response)
      if (outcome.kind !== 'delivered') return outcome
      const rejected = rejectedSpans(response.body)
      return rejected === null ? outcome : { kind: 'refused', reason: rejected, missing: false }
    } catch (error) {
      const reason = error instanceof Error ? error.message || error.name : String(error)
      return { kind: 'retry', reason, waitMs: null, status: null }
    }
  }

  close(): void {
    this.#connection.close()
  }
}

/**
 * Why spans were rejected in an answer that is otherwise a success: `ExportTraceServiceResponse.partial_success` with
 * its `rejected_spans` (field 1) and `error_message` (field 2). Null when all were taken. The protobuf was read as
 * text, in which the tags of the fields and an ASCII message survive.
 */
function rejectedSpans(body: string): string | null {
  const partial = body.slice(2)
  if (body.charCodeAt(0) !== 0x0a || partial.charCodeAt(0) !== 0x08 || partial.charCodeAt(1) === 0)
    return null
  const message = partial.slice(partial.indexOf(String.fromCharCode(0x12)) + 2)
  return `Spans were rejected: ${message.slice(0, 300)}`
}
