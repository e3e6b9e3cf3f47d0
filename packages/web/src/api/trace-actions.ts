import * as z from 'zod/mini'
import { getJson, postJson, sendJson } from './request.ts'

const tracesPath = '/ajax-api/3.0/mlflow/traces'
/** So many requests are under way at once when something is done to many traces. */
const atOnce = 4

/** Sets one tag on many traces. Throws `RequestFailure` at the first that fails. */
export async function setTagOnTraces(traceIds: readonly string[], key: string, value: string): Promise<void> {
  await each(traceIds, async (traceId) => {
    await sendJson('PATCH', `${tracesPath}/${encodeURIComponent(traceId)}/tags`, { key, value }, z.object({}))
  })
}

/** Deletes traces with all that belongs to them, and resolves with how many there were. Throws `RequestFailure`. */
export async function deleteTraces(experimentId: string, traceIds: readonly string[]): Promise<number> {
  const { traces_deleted } = await postJson(
    `${tracesPath}/delete-traces`,
    { experiment_id: experimentId, request_ids: traceIds },
    z.object({ traces_deleted: z.number() }),
  )
  return traces_deleted
}

/** Traces with all their spans and assessments, one JSON text a line. Throws `RequestFailure`. */
export async function exportTraces(traceIds: readonly string[]): Promise<string> {
  const lines = new Map<string, string>()
  await each(traceIds, async (traceId) => {
    const trace = await getJson(`/api/voxtrace/traces/${encodeURIComponent(traceId)}`, z.unknown())
    lines.set(traceId, JSON.stringify(trace))
  })
  return `${traceIds.map((traceId) => lines.get(traceId)).join('\n')}\n`
}

async function each(traceIds: readonly string[], act: (traceId: string) => Promise<void>): Promise<void> {
  const waiting = [...traceIds]
  const worker = async () => {
    for (let traceId = waiting.shift(); traceId !== undefined; traceId = waiting.shift()) await act(traceId)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

/** As many traces as one request takes. */
const judgedTogether = 1000

/** Puts the ended turns of traces before the judge once more, and resolves with how many. Throws `RequestFailure`. */
export async function judgeAgain(traceIds: readonly string[]): Promise<number> {
  let turns = 0
  for (let first = 0; first < traceIds.length; first += judgedTogether) {
    const answer = await postJson(
      '/api/voxtrace/judge-again',
      { trace_ids: traceIds.slice(first, first + judgedTogether) },
      z.object({ turns: z.number() }),
    )
    turns += answer.turns
  }
  return turns
}
