import type { ForeignParent } from './recorder.ts'

const form = /^([0-9a-f]{2})-((?!0{32})[0-9a-f]{32})-((?!0{16})[0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

/** The W3C `traceparent` header that names a span: 32 and 16 hex digits. */
export function writeTraceparent(traceId: string, spanId: string, sampled: boolean): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`
}

/** The parent that a W3C `traceparent` header names (Trace Context, section 3.2); null when it names none. */
export function readTraceparent(header: unknown): ForeignParent | null {
  const value = Array.isArray(header) ? header[0] : header
  const [, version, traceId, spanId, flags, rest] =
    (typeof value === 'string' ? form.exec(value.trim()) : null) ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined || version === 'ff') return null
  if (version === '00' && rest !== undefined) return null
  return { traceId, spanId, origin: 'remote', sampled: (Number.parseInt(flags, 16) & 1) === 1 }
}
