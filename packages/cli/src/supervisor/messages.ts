import { z } from 'zod'

/** What a service tells its supervisor over the channel between them. */
export const serviceMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), details: z.record(z.string(), z.unknown()) }),
  /** It cannot start, and trying again will not help: a person must act. */
  z.object({ type: z.literal('cannot_start'), message: z.string(), advice: z.string().optional() }),
])
export type ServiceMessage = z.infer<typeof serviceMessageSchema>

/** What a supervisor tells a service. */
export interface StopMessage {
  type: 'stop'
}

export function isStopMessage(value: unknown): value is StopMessage {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'stop'
}
