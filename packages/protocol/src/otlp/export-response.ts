import type { RejectedSpans } from './decoded-spans.ts'

/** The ExportTraceServiceResponse in protobuf: empty when every span was taken, else a partial success. */
export function traceResponse(rejected: RejectedSpans): Uint8Array {
  if (rejected.count === 0) return new Uint8Array(0)
  const message = new TextEncoder().encode(rejected.messages.join('; '))
  const partialSuccess = [0x08, ...varint(rejected.count), 0x12, ...varint(message.length), ...message]
  return Uint8Array.from([0x0a, ...varint(partialSuccess.length), ...partialSuccess])
}

/** The ExportTraceServiceResponse in OTLP/JSON: `{}` when every span was taken, else a partial success. */
export function traceResponseJson(rejected: RejectedSpans): {
  partialSuccess?: { rejectedSpans: string; errorMessage: string }
} {
  if (rejected.count === 0) return {}
  return {
    partialSuccess: { rejectedSpans: String(rejected.count), errorMessage: rejected.messages.join('; ') },
  }
}

function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80)
    rest = Math.floor(rest / 0x80)
  }
  bytes.push(rest)
  return bytes
}
