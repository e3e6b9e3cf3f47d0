import { useQuery } from '@tanstack/react-query'
import { experimentsQuery } from '../api/queries.ts'

/** The name of an experiment, or its id while the name is on its way. */
export function useExperimentName(experimentId: string | undefined): string {
  const { data } = useQuery(experimentsQuery)
  if (experimentId === undefined) return ''
  return (
    data?.find((experiment) => experiment.experimentId === experimentId)?.name ?? `experiment ${experimentId}`
  )
}
