import type { ReactNode } from 'react'
import { useExperiment } from './experiment-name.tsx'
import { EmptyPanel, ToExperiments } from './panel-states.tsx'

interface WhereExperimentExistsProps {
  experimentId: string
  /** What is said of an experiment that is there. */
  children: ReactNode
}

/** What an experiment that has nothing to show says; or that there is no such experiment. */
export function WhereExperimentExists({ experimentId, children }: WhereExperimentExistsProps) {
  if (useExperiment(experimentId) !== null) return children
  return (
    <EmptyPanel title="There is no such experiment" actions={<ToExperiments />}>
      None has the id {experimentId}. The address may be mistyped.
    </EmptyPanel>
  )
}
