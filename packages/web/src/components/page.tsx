import { Link } from '@tanstack/react-router'
import { type ReactNode, useEffect, useRef } from 'react'
import { DeletedExperimentNote } from './deleted-experiment-note.tsx'

/** A page: its title in the window, a header, and a main part that fills the rest. */
export function Page({
  title,
  header,
  experimentId,
  children,
  className = 'page-main',
}: {
  title: string
  header: ReactNode
  /** What the page shows belongs to it. */
  experimentId?: string | undefined
  children: ReactNode
  className?: string
}) {
  useEffect(() => {
    document.title = title ? `${title} · Voxtrace` : 'Voxtrace'
  }, [title])
  return (
    <div className="page">
      <header className="page-header">{header}</header>
      {experimentId !== undefined && <DeletedExperimentNote experimentId={experimentId} />}
      <main className={className}>{children}</main>
    </div>
  )
}

/** Where the reader is; the last crumb is the page itself. */
export function Crumbs({ children }: { children: ReactNode }) {
  return <div className="crumbs">{children}</div>
}

export function CrumbSeparator({ className }: { className?: string }) {
  return (
    <span className={`separator ${className ?? ''}`} aria-hidden="true">
      /
    </span>
  )
}

const experimentViews = [
  { to: '/experiments/$experimentId', label: 'Traces' },
  { to: '/experiments/$experimentId/sessions', label: 'Sessions' },
  { to: '/experiments/$experimentId/runs', label: 'Runs' },
  { to: '/experiments/$experimentId/dashboard', label: 'Dashboard' },
  { to: '/experiments/$experimentId/review', label: 'Review' },
] as const

/** Where one is in an experiment, and the ways to its other views. */
export function ExperimentHeading({ experimentId, name }: { experimentId: string; name: string }) {
  return (
    <>
      <Crumbs>
        <Link to="/experiments" className="wide-only">
          Experiments
        </Link>
        <CrumbSeparator className="wide-only" />
        <b>{name}</b>
      </Crumbs>
      <ExperimentTabs experimentId={experimentId} />
    </>
  )
}

/** The views of an experiment. */
function ExperimentTabs({ experimentId }: { experimentId: string }) {
  const tabs = useRef<HTMLElement>(null)
  useEffect(() => {
    tabs.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' })
  }, [])
  return (
    <nav className="page-tabs" aria-label="Views of the experiment" ref={tabs}>
      {experimentViews.map(({ to, label }) => (
        <Link
          key={to}
          to={to}
          params={{ experimentId }}
          activeOptions={{ exact: true, includeSearch: false }}
        >
          {label}
        </Link>
      ))}
    </nav>
  )
}
