import { randomBytes } from 'node:crypto'

type AttributeValue = string | number | boolean

/** A span as these tests write it down; times in milliseconds since the epoch, an open span has no end. */
export interface SampleSpan {
  spanId: string
  parentSpanId?: string
  name: string
  startMs: number
  endMs: number | null
  attributes?: Record<string, AttributeValue | object>
  error?: string
  events?: { name: string; atMs: number; attributes?: Record<string, AttributeValue> }[]
}

export function newTraceId(): string {
  return randomBytes(16).toString('hex')
}

export function newSpanId(): string {
  return randomBytes(8).toString('hex')
}

/** Sends spans the way any OpenTelemetry exporter does: OTLP over HTTP, in JSON. */
export async function exportSpans(
  url: string,
  target: { traceId: string; experimentId: string; runId?: string },
  spans: readonly SampleSpan[],
): Promise<void> {
  const response = await fetch(`${url}/v1/traces`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-mlflow-experiment-id': target.experimentId,
      ...(target.runId !== undefined && { 'x-mlflow-run-id': target.runId }),
    },
    body: JSON.stringify({
      resourceSpans: [
        {
          resource: { attributes: [] },
          scopeSpans: [
            { scope: { name: 'sample' }, spans: spans.map((span) => otlpSpan(target.traceId, span)) },
          ],
        },
      ],
    }),
  })
  if (!response.ok) throw new Error(`POST /v1/traces answered ${response.status}: ${await response.text()}`)
}

function otlpSpan(traceId: string, span: SampleSpan): object {
  return {
    traceId,
    spanId: span.spanId,
    ...(span.parentSpanId !== undefined && { parentSpanId: span.parentSpanId }),
    name: span.name,
    kind: 1,
    startTimeUnixNano: nanoseconds(span.startMs),
    endTimeUnixNano: span.endMs === null ? '0' : nanoseconds(span.endMs),
    attributes: otlpAttributes(span.attributes ?? {}),
    events: (span.events ?? []).map(({ name, atMs, attributes }) => ({
      name,
      timeUnixNano: nanoseconds(atMs),
      attributes: otlpAttributes(attributes ?? {}),
    })),
    status:
      span.error === undefined ? { code: span.endMs === null ? 0 : 1 } : { code: 2, message: span.error },
  }
}

function otlpAttributes(attributes: Record<string, AttributeValue | object>): object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: otlpValue(value) }))
}

function otlpValue(value: AttributeValue | object): object {
  switch (typeof value) {
    case 'string':
      return { stringValue: value }
    case 'boolean':
      return { boolValue: value }
    case 'number':
      return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value }
    default:
      return { stringValue: JSON.stringify(value) }
  }
}

function nanoseconds(ms: number): string {
  return BigInt(Math.round(ms * 1000) * 1000).toString()
}
