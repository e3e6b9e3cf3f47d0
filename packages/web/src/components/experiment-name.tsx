import { useQuery } from '@tanstack/react-query'
import type { Experiment } from '@voxtrace/model'
import { deletedExperimentsQuery, experimentsQuery } from '../api/queries.ts'

/** An experiment, deleted ones among them; null when there is none, undefined while that is not known. */
export function useExperiment(experimentId: string | undefined): Experiment | null | undefined {
  const isIt = (experiment: Experiment) => experiment.experimentId === experimentId
  const { data: active } = useQuery(experimentsQuery)
  const found = active?.find(isIt)
  const isMissing = active !== undefined && found === undefined && experimentId !== undefined
  const { data: deleted } = useQuery({ ...deletedExperimentsQuery, enabled: isMissing })
  if (found !== undefined) return found
  return deleted && isMissing ? (deleted.find(isIt) ?? null) : undefined
}

/** The name of an experiment, or its id while the name is on its way. */
export function useExperimentName(experimentId: string | undefined): string {
  const experiment = useExperiment(experimentId)
  if (experimentId === undefined) return ''
  return experiment?.name ?? `experiment ${experimentId}`
}
