import * as z from 'zod/mini'
import { allPages, type BatchesProgress } from './in-batches.ts'
import { getJson } from './request.ts'

const pageSize = 5000
const token = z.nullable(z.string())
const traceIdPage = z.object({ traceIds: z.array(z.string()), nextPageToken: token })
const sessionIdPage = z.object({ sessionIds: z.array(z.string()), nextPageToken: token })

/** The ids of all traces that a filter asks for. Throws `RequestFailure`. */
export function allTraceIds(
  experimentId: string,
  filter: string,
  progress: BatchesProgress,
): Promise<string[]> {
  return allPages(async (pageToken) => {
    const address = `/api/voxtrace/trace-ids?${parametersOf(experimentId, filter, pageToken)}`
    const { traceIds, nextPageToken } = await getJson(address, traceIdPage, progress.signal)
    return { items: traceIds, nextPageToken }
  }, progress)
}

/** The ids of all sessions that have a trace that a filter asks for. Throws `RequestFailure`. */
export function allSessionIds(
  experimentId: string,
  filter: string,
  progress: BatchesProgress,
): Promise<string[]> {
  return allPages(async (pageToken) => {
    const address = `/api/voxtrace/session-ids?${parametersOf(experimentId, filter, pageToken)}`
    const { sessionIds, nextPageToken } = await getJson(address, sessionIdPage, progress.signal)
    return { items: sessionIds, nextPageToken }
  }, progress)
}

function parametersOf(experimentId: string, filter: string, pageToken: string | null): URLSearchParams {
  return new URLSearchParams({
    experiment_id: experimentId,
    max_results: String(pageSize),
    ...(filter && { filter }),
    ...(pageToken !== null && { page_token: pageToken }),
  })
}
