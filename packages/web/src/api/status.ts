import { queryOptions } from '@tanstack/react-query'
import * as z from 'zod/mini'
import { getJson, serverAnswers } from './request.ts'

const serverStatus = z.object({
  version: z.string(),
  database: z.object({ reachable: z.boolean(), problem: z.nullable(z.string()) }),
  services: z.array(
    z.object({ service: z.string(), details: z.record(z.string(), z.unknown()), lastSeenMs: z.number() }),
  ),
})

export type ServerStatusAnswer = z.infer<typeof serverStatus>

/** How the server does, and which services stand on its database. */
export const serverStatusQuery = queryOptions({
  queryKey: ['server-status'],
  queryFn: ({ signal }) => getJson('/api/voxtrace/status', serverStatus, signal),
  refetchInterval: 10_000,
  retry: false,
})

/** Whether the server answers, asked while its live events do not come. */
export const serverAnswersQuery = queryOptions({
  queryKey: ['server-answers'],
  queryFn: ({ signal }) => serverAnswers(signal),
  refetchInterval: 3_000,
  gcTime: 0,
})

const botStatus = z.object({
  status: z.enum(['ready', 'closing']),
  models: z.object({ stt: z.string(), llm: z.string(), tts: z.string(), embedding: z.string() }),
  knowledge: z.object({ source: z.string(), passages: z.number(), embedded: z.number() }),
  conversations: z.object({ active: z.number(), max: z.number(), total: z.number() }),
})

export type BotStatus = z.infer<typeof botStatus>

/** What the bot's answers come from, in words; the model of no network is one that quotes. */
export function answersWith({ models }: BotStatus): string {
  return models.llm === 'extractive' ? 'quotes from its knowledge' : models.llm
}

/** Whether the bot takes calls, with which models, and how many lines are taken. */
export const botStatusQuery = queryOptions({
  queryKey: ['bot-status'],
  queryFn: ({ signal }) => getJson('/bot/status', botStatus, signal),
  refetchInterval: 5_000,
  retry: false,
})
