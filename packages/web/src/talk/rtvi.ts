/** The messages of RTVI 2 on the data channel, as `docs/reference/rtvi.md` has them. */
import { latencyParts } from '@voxtrace/model'
import * as z from 'zod/mini'

const version = '2.1.0'
const label = 'rtvi-ai'

const text = z.object({ text: z.string() })
const nullableString = z.nullable(z.string())

const serverMessage = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('conversation'),
    traceId: nullableString,
    runId: nullableString,
    experimentId: nullableString,
    sessionId: z.string(),
  }),
  z.object({ kind: z.literal('state'), state: z.enum(['listening', 'thinking', 'speaking']) }),
  z.object({
    kind: z.literal('turn'),
    number: z.number(),
    userText: nullableString,
    agentText: nullableString,
    interrupted: z.boolean(),
    voiceToVoiceMs: z.nullable(z.number()),
    parts: z.partialRecord(z.enum(latencyParts), z.number()),
  }),
  z.object({ kind: z.literal('error'), message: z.string() }),
])

const rtviMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('bot-ready') }),
  z.object({ type: z.literal('user-started-speaking') }),
  z.object({ type: z.literal('user-stopped-speaking') }),
  z.object({ type: z.literal('bot-started-speaking') }),
  z.object({ type: z.literal('bot-stopped-speaking') }),
  z.object({ type: z.literal('bot-llm-started') }),
  z.object({ type: z.literal('bot-llm-text'), data: text }),
  z.object({ type: z.literal('bot-output'), data: text }),
  z.object({
    type: z.literal('user-transcription'),
    data: z.object({ text: z.string(), final: z.boolean() }),
  }),
  z.object({ type: z.literal('server-message'), data: serverMessage }),
  z.object({ type: z.literal('error'), data: z.object({ error: z.string() }) }),
])

const signallingMessage = z.object({
  type: z.literal('signalling'),
  message: z.object({ type: z.literal('peerLeft') }),
})

export type ServerMessage = z.infer<typeof serverMessage>
export type BotMessage = z.infer<typeof rtviMessage> | { type: 'peer-left' }

/** What the bot said on the data channel; null for what this page has no use for. */
export function readBotMessage(message: unknown): BotMessage | null {
  if (typeof message !== 'string') return null
  try {
    const json: unknown = JSON.parse(message)
    const read = rtviMessage.safeParse(json)
    if (read.success) return read.data
    return signallingMessage.safeParse(json).success ? { type: 'peer-left' } : null
  } catch {
    return null
  }
}

export function clientReady(id: string): string {
  return JSON.stringify({
    label,
    type: 'client-ready',
    id,
    data: { version, about: { library: 'voxtrace-web' } },
  })
}

/** Words that the caller typed. */
export function sendText(id: string, content: string): string {
  return JSON.stringify({
    label,
    type: 'send-text',
    id,
    data: { content, options: { run_immediately: true, audio_response: true } },
  })
}

export function disconnectBot(id: string): string {
  return JSON.stringify({ label, type: 'disconnect-bot', id, data: {} })
}
