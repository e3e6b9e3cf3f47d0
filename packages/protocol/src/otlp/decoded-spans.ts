import { type Span, VoxtraceError } from '@voxtrace/model'

/** What came of an export request: its good spans, and what was wrong with the others. */
export interface DecodedSpans {
  spans: Span[]
  rejected: RejectedSpans
}

export interface RejectedSpans {
  count: number
  /** One sentence per rejected span, the first ten of them. */
  messages: string[]
}

const keptMessages = 10

export function reject(rejected: RejectedSpans, place: string, reason: string): void {
  rejected.count++
  if (rejected.messages.length < keptMessages) rejected.messages.push(`${place}: ${reason}`)
}

/** Says that one span cannot be taken; the rest of its request can. */
export class SpanRejected extends Error {}

/** Attribute values nested deeper than this are taken for an attack or a bug, and their span is rejected. */
export const deepestValue = 64

/** The last nanosecond that a signed 64-bit number holds (in the year 2262). */
const latestTime = 2n ** 63n - 1n

/** Checks a time in nanoseconds since the epoch. Throws `SpanRejected`. */
export function checkedTime(name: string, time: bigint): bigint {
  if (time < 0n || time > latestTime) {
    throw new SpanRejected(`${name} is ${time}; it must be nanoseconds since 1970, at most ${latestTime}`)
  }
  return time
}

export function malformedBody(reason: string, cause?: unknown): VoxtraceError {
  return new VoxtraceError('BAD_REQUEST', `The body is not an OTLP ExportTraceServiceRequest: ${reason}.`, {
    cause,
  })
}

/**
 * Sets a member whatever its name. Assigning `__proto__` would change the object's prototype instead, so that key is
 * defined.
 */
export function setMember<Value>(object: Record<string, Value>, key: string, value: Value): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
  } else object[key] = value
}

/** A number as JSON can carry it: what is not finite becomes `NaN`, `Infinity` or `-Infinity` in a string. */
export function finiteOrText(value: number): number | string {
  return Number.isFinite(value) ? value : String(value)
}
