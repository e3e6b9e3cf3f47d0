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

/** One page of an experiment's sessions, those with the newest trace first. */
export function listSessions(
  experimentId: string,
  filter: string,
  pageToken: string | null,
  signal?: AbortSignal,
  maxResults = 50,
): Promise<SessionPage> {
  const parameters = new URLSearchParams({ experiment_id: experimentId, max_results: String(maxResults) })
  if (filter) parameters.set('filter', filter)
  if (pageToken !== null) parameters.set('page_token', pageToken)
  return getJson(`/api/voxtrace/sessions?${parameters}`, sessionPage, signal)
}
