import { z } from 'zod'
import type { RtviMessage } from './call.ts'

const RTVI_VERSION = '2.1.0'

const rtviMessage = z.object({
  label: z.literal('rtvi-ai'),
  type: z.string().min(1),
  id: z.string().optional(),
  data: z.unknown().optional(),
})

const signallingMessage = z.object({
  type: z.literal('signalling'),
  message: z.looseObject({ type: z.string() }),
})

/** What may come over the data channel of a Pipecat client. */
export type ChannelMessage =
  | { kind: 'ping' }
  | { kind: 'signalling'; type: string }
  | { kind: 'rtvi'; message: RtviMessage }
  | { kind: 'unknown' }

export function readChannelMessage(text: string): ChannelMessage {
  if (text.startsWith('ping')) return { kind: 'ping' }
  const json = parseJson(text)
  const rtvi = rtviMessage.safeParse(json)
  if (rtvi.success) {
    const { id, type, label, data } = rtvi.data
    return {
      kind: 'rtvi',
      message: { label, type, ...(id === undefined ? {} : { id }), ...(data === undefined ? {} : { data }) },
    }
  }
  const signalling = signallingMessage.safeParse(json)
  if (signalling.success) return { kind: 'signalling', type: signalling.data.message.type }
  return { kind: 'unknown' }
}

/** The answer to `client-ready`; it carries the id of what it answers. */
export function botReady(clientReady: RtviMessage): RtviMessage {
  return {
    label: 'rtvi-ai',
    type: 'bot-ready',
    ...(clientReady.id === undefined ? {} : { id: clientReady.id }),
    data: { version: RTVI_VERSION, about: { library: 'voxtrace' } },
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
