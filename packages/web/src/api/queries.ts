import { queryOptions } from '@tanstack/react-query'
import { traceMetadata } from '@voxtrace/model'
import { listExperiments } from './experiments.ts'
import { getRun } from './runs.ts'
import { listTraces } from './traces.ts'

export const experimentsQuery = queryOptions({
  queryKey: ['experiments'],
  queryFn: ({ signal }) => listExperiments('ACTIVE_ONLY', signal),
})

export const deletedExperimentsQuery = queryOptions({
  queryKey: ['experiments', 'deleted'],
  queryFn: ({ signal }) => listExperiments('DELETED_ONLY', signal),
})

/** The newest trace of an experiment, or null. */
export const latestTraceQuery = (experimentId: string) =>
  queryOptions({
    queryKey: ['latest-trace', experimentId],
    queryFn: async ({ signal }) => {
      const { traces } = await listTraces({ experimentId, filter: '', maxResults: 1 }, signal)
      return traces[0] ?? null
    },
  })

export const runQuery = (runId: string) =>
  queryOptions({ queryKey: ['run', runId], queryFn: ({ signal }) => getRun(runId, signal) })

/** The id of the trace that a run made, or null when it made none. */
export const runTraceQuery = (experimentId: string, runId: string) =>
  queryOptions({
    queryKey: ['run-trace', runId],
    queryFn: async ({ signal }) => {
      const filter = `metadata.\`${traceMetadata.sourceRun}\` = '${runId}'`
      const { traces } = await listTraces({ experimentId, filter, maxResults: 1 }, signal)
      return traces[0]?.info.traceId ?? null
    },
  })
