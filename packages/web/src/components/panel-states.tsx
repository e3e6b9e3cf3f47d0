import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { RequestFailure } from '../api/request.ts'
import { useRetryWhenPassed } from './use-retry-when-passed.ts'
import './panel-states.css'

/** What a page says when there is nothing to show yet, with what to do about it. */
export function EmptyPanel({
  title,
  children,
  actions,
}: {
  title: string
  children?: ReactNode
  actions?: ReactNode
}) {
  return (
    <div className="panel-state">
      <h2>{title}</h2>
      {children && <p>{children}</p>}
      {actions && <div className="actions">{actions}</div>}
    </div>
  )
}

/** A failure: its cause, and one action. What failed since the server or its database was away is tried again by itself. */
export function FailurePanel({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  useRetryWhenPassed(error, onRetry)
  return (
    <div className="panel-state" role="alert">
      <h2>{failureTitle(error)}</h2>
      <p>{error instanceof Error ? error.message : String(error)}</p>
      {error instanceof RequestFailure && error.kind === 'not-found' ? (
        <div className="actions">
          <ToExperiments />
        </div>
      ) : (
        onRetry && (
          <div className="actions">
            <button type="button" className="button" onClick={onRetry}>
              Try again
            </button>
          </div>
        )
      )}
    </div>
  )
}

/** The way on from a page that has nothing to show. */
export function ToExperiments() {
  return (
    <Link to="/experiments" className="button primary">
      Experiments
    </Link>
  )
}

function failureTitle(error: unknown): string {
  const kind = error instanceof RequestFailure ? error.kind : 'failed'
  return {
    offline: 'The server does not answer',
    refused: 'The server refused this',
    'not-found': 'Not found',
    failed: 'Something went wrong',
    unreadable: 'An answer that cannot be read',
  }[kind]
}

/** Rows of the table to come, without motion. */
export function LoadingRows({ count = 12 }: { count?: number }) {
  return (
    <div className="loading-rows" role="status" aria-label="Loading">
      {Array.from({ length: count }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no identity
        <div key={index} style={{ opacity: 1 - index / count }}>
          <i style={{ width: 64 }} />
          <i style={{ width: `${22 + ((index * 37) % 31)}%` }} />
          <span className="spacer" />
          <i style={{ width: 120 }} />
        </div>
      ))}
    </div>
  )
}
