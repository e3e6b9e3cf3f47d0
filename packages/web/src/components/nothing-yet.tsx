import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { experimentsQuery } from '../api/queries.ts'
import { Icon } from './icon.tsx'
import { EmptyPanel, ToExperiments } from './panel-states.tsx'

interface NothingYetProps {
  experimentId: string
  /** What there is none of, in the plural. */
  what: string
  /** How it comes to be. */
  children: ReactNode
}

/** What an experiment that is empty says, and how the first comes; or that there is no such experiment. */
export function NothingYet({ experimentId, what, children }: NothingYetProps) {
  const { data: experiments } = useQuery(experimentsQuery)
  if (experiments && !experiments.some((experiment) => experiment.experimentId === experimentId)) {
    return (
      <EmptyPanel title="There is no such experiment" actions={<ToExperiments />}>
        None has the id {experimentId}. It may have been deleted, or the address be mistyped.
      </EmptyPanel>
    )
  }
  return (
    <EmptyPanel
      title={`No ${what} yet`}
      actions={
        <>
          <Link to="/talk" className="button primary">
            <Icon name="mic" />
            Talk to the bot
          </Link>
          <Link to="/connect" className="button">
            Send traces from your agent
          </Link>
        </>
      }
    >
      {children}
    </EmptyPanel>
  )
}
