import { z } from 'zod'
import { integer } from './request.ts'

/** Milliseconds of a protobuf Timestamp: RFC 3339, any number of fraction digits, `Z` or an offset. */
export const timestamp = z
  .string()
  .refine((text) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(text) && !Number.isNaN(Date.parse(text)), {
    error: 'It must be a time such as 2026-01-31T12:00:00.000Z',
  })
  .transform((text) => Date.parse(text))

/** The last millisecond before or after the epoch that JavaScript's dates reach. */
const furthestMs = 8.64e15

/** Milliseconds since the epoch, as a number. */
export const timestampMs = integer.refine((ms) => Math.abs(ms) <= furthestMs, {
  error: `It must be milliseconds since the epoch, at most ${furthestMs}`,
})

/** Milliseconds of a protobuf Duration, such as `1.5s`. */
export const duration = z
  .string()
  .regex(/^-?\d+(\.\d+)?s$/, 'It must be seconds such as 1.5s')
  .transform((text) => Math.round(Number(text.slice(0, -1)) * 1000))

/** Protobuf writes fractions of a second with three digits, or not at all. */
export function timestampMessage(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z')
}

export function durationMessage(ms: number): string {
  return `${(ms / 1000).toFixed(ms % 1000 === 0 ? 0 : 3)}s`
}
