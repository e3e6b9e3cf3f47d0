import { queryOptions } from '@tanstack/react-query'
import type { JudgedBesidePeople } from '@voxtrace/protocol'
import * as z from 'zod/mini'
import { getJson } from './request.ts'

const pair = { score: z.number(), people: z.number() }
const judged: z.ZodMiniType<JudgedBesidePeople> = z.object({
  name: z.string(),
  sourceType: z.enum(['HUMAN', 'LLM_JUDGE', 'CODE']),
  sourceId: z.string(),
  pairs: z.array(z.object({ ...pair, count: z.number() })),
  apart: z.array(z.object({ ...pair, traceId: z.string(), spanId: z.nullable(z.string()) })),
})
const answer = z.object({ agreements: z.array(judged) })

/** The scores of judges beside those of people, of an experiment's traces that began in a stretch of time. */
export const agreementQuery = (query: { experimentId: string; fromMs: number; toMs: number }) =>
  queryOptions({
    queryKey: ['agreement', query],
    queryFn: async ({ signal }) => {
      const parameters = new URLSearchParams({
        experiment_id: query.experimentId,
        from_ms: String(query.fromMs),
        to_ms: String(query.toMs),
      })
      return (await getJson(`/api/voxtrace/agreement?${parameters}`, answer, signal)).agreements
    },
    staleTime: 30_000,
  })
