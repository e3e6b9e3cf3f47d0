import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { deletedExperimentsQuery, experimentsQuery } from '../api/queries.ts'
import { EmptyPanel, ToExperiments } from './panel-states.tsx'

interface WhereExperimentExistsProps {
  experimentId: string
  /** What is said of an experiment that is there. */
  children: ReactNode
}

/** What an experiment that has nothing to show says; or that there is no such experiment, or that it was deleted. */
export function WhereExperimentExists({ experimentId, children }: WhereExperimentExistsProps) {
  const isIt = (experiment: { experimentId: string }) => experiment.experimentId === experimentId
  const { data: experiments } = useQuery(experimentsQuery)
  const isMissing = experiments !== undefined && !experiments.some(isIt)
  const { data: deleted } = useQuery({ ...deletedExperimentsQuery, enabled: isMissing })
  if (!isMissing) return children
  const gone = deleted?.find(isIt)
  if (gone) {
    return (
      <EmptyPanel
        title="This experiment was deleted"
        actions={
          <Link to="/experiments" search={{ stage: 'deleted' }} className="button primary">
            Deleted experiments
          </Link>
        }
      >
        {gone.name} can be restored, with its runs and traces.
      </EmptyPanel>
    )
  }
  return (
    <EmptyPanel title="There is no such experiment" actions={<ToExperiments />}>
      None has the id {experimentId}. It may have been deleted, or the address be mistyped.
    </EmptyPanel>
  )
}
