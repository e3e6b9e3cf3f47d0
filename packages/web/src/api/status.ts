import { queryOptions } from '@tanstack/react-query'
import * as z from 'zod/mini'
import { getJson } from './request.ts'

const serverStatus = z.looseObject({ store: z.optional(z.catch(z.string(), 'ready')) })

/** Whether the server is there. */
export const serverStatusQuery = queryOptions({
  queryKey: ['server-status'],
  queryFn: ({ signal }) => getJson('/api/voxtrace/status', serverStatus, signal),
  refetchInterval: 10_000,
  retry: false,
})

const botStatus = z.looseObject({})

export interface BotStatus {
  ready: boolean
  text: string
}

/** Whether the bot is there, and what it says of itself. */
export const botStatusQuery = queryOptions({
  queryKey: ['bot-status'],
  queryFn: async ({ signal }): Promise<BotStatus> => {
    const status = await getJson('/bot/status', botStatus, signal)
    return { ready: status.ready !== false, text: status.ready === false ? 'getting ready' : 'ready' }
  },
  refetchInterval: 5_000,
  retry: false,
})
