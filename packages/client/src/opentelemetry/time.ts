import type { TimeInput } from '@opentelemetry/api'
import { isBuiltIn } from '../is-a.ts'
import type { TimeNs } from '../options.ts'

/**
 * A time as OpenTelemetry's API takes it, in nanoseconds since the epoch: `[seconds, nanoseconds]`, a date,
 * milliseconds since the epoch, or what `performance.now()` gives.
 */
export function nanoseconds(time: TimeInput | undefined): TimeNs | undefined {
  if (Array.isArray(time)) {
    const [seconds, rest] = time
    return Number.isInteger(seconds) && Number.isInteger(rest)
      ? BigInt(seconds) * 1_000_000_000n + BigInt(rest)
      : undefined
  }
  if (typeof time === 'number') {
    return (time < performance.timeOrigin ? time + performance.timeOrigin : time) * 1e6
  }
  return time !== undefined && isBuiltIn(Date, time) ? time.getTime() * 1e6 : undefined
}
