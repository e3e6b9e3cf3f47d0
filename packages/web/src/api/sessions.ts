import type { SessionOrder } from '@voxtrace/model'
import * as z from 'zod/mini'
import { getJson } from './request.ts'

const number = z.nullable(z.number())

const sessionPage = z.object({
  sessions: z.array(
    z.object({
      sessionId: z.string(),
      traceCount: z.number(),
      failedCount: z.number(),
      openCount: z.number(),
      turnCount: z.number(),
      interruptedCount: z.number(),
      firstMs: z.number(),
      lastMs: z.number(),
      firstUserText: z.nullable(z.string()),
      slowestMs: number,
      totalTokens: number,
      totalCost: number,
      lowestScore: number,
      wholeScores: z.record(z.string(), z.number()),
      userId: z.nullable(z.string()),
    }),
  ),
  nextPageToken: z.nullable(z.string()),
})

export type SessionPage = z.infer<typeof sessionPage>
export type Session = SessionPage['sessions'][number]

interface SessionQuery {
  experimentId: string
  filter: string
  /** Those with the newest trace first unless ordered otherwise. */
  order?: SessionOrder
  pageToken: string | null
  maxResults: number
}

/** One page of an experiment's sessions. */
export function listSessions(query: SessionQuery, signal?: AbortSignal): Promise<SessionPage> {
  const { experimentId, filter, order, pageToken, maxResults } = query
  const parameters = new URLSearchParams({ experiment_id: experimentId, max_results: String(maxResults) })
  if (filter) parameters.set('filter', filter)
  if (order) parameters.set('order', order)
  if (pageToken !== null) parameters.set('page_token', pageToken)
  return getJson(`/api/voxtrace/sessions?${parameters}`, sessionPage, signal)
}
