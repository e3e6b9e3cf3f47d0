import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { Icon } from './icon.tsx'
import { EmptyPanel } from './panel-states.tsx'

interface NothingYetProps {
  /** What there is none of, in the plural. */
  what: string
  /** How it comes to be. */
  children: ReactNode
}

/** What an experiment that is empty says, and how the first comes. */
export function NothingYet({ what, children }: NothingYetProps) {
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
