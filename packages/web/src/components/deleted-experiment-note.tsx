import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { restoreExperiment } from '../api/experiments.ts'
import { experimentsQuery } from '../api/queries.ts'
import { useExperiment } from './experiment-name.tsx'
import './deleted-experiment-note.css'

/** Says of an experiment that was deleted that it was, above what it still holds, and restores it. */
export function DeletedExperimentNote({ experimentId }: { experimentId: string }) {
  const experiment = useExperiment(experimentId)
  const client = useQueryClient()
  const [problem, setProblem] = useState<string | null>(null)
  if (experiment?.lifecycleStage !== 'deleted') return null
  const restore = async () => {
    try {
      await restoreExperiment(experimentId)
      setProblem(null)
      await client.refetchQueries({ queryKey: experimentsQuery.queryKey })
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error))
    }
  }
  return (
    <div className="deleted-experiment" role="status">
      <span>
        <b>This experiment was deleted.</b> Its traces can still be read; its runs come back with it.
        {problem !== null && <span className="problem"> {problem}</span>}
      </span>
      <button type="button" className="button" onClick={() => void restore()}>
        Restore
      </button>
    </div>
  )
}
