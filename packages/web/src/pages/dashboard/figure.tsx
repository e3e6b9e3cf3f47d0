import type { ReactNode } from 'react'
import { changeOf } from '../../facade/dashboard-view.ts'

interface FigureProps {
  value: string
  unit?: string
  now: number | null
  before: number | null | undefined
  /** Which way is worse; without it a change has no colour. */
  worse?: 'higher' | 'lower'
}

/** A key figure with how much it changed. Only what got clearly worse is coloured. */
export function Figure({ value, unit, now, before, worse }: FigureProps) {
  return (
    <span className="figure">
      <b>{value}</b> {unit && <small>{unit}</small>}{' '}
      <Change now={now} before={before} {...(worse && { worse })} />
    </span>
  )
}

/** Changes below this are noise. */
const notable = 0.1

export function Change({
  now,
  before,
  worse,
}: {
  now: number | null
  before: number | null | undefined
  worse?: 'higher' | 'lower'
}) {
  const change = changeOf(now, before)
  if (change === null) return null
  const isWorse = worse && Math.abs(change) >= notable && (worse === 'higher' ? change > 0 : change < 0)
  return <span className={isWorse ? 'change worse' : 'change'}>{changeText(change)}</span>
}

/** From this on a change reads better as how many times as much. */
const manifold = 3

function changeText(change: number): string {
  if (change >= manifold) return `${(change + 1).toFixed(change < 9 ? 1 : 0)}×`
  const percent = Math.round(change * 100)
  return `${percent > 0 ? '+' : percent < 0 ? '−' : '±'}${Math.abs(percent)} %`
}

export function Panel({
  title,
  figures,
  legend,
  className = '',
  children,
}: {
  title: string
  figures?: ReactNode
  legend?: ReactNode
  className?: string
  children: ReactNode
}) {
  return (
    <section className={`dashboard-panel ${className}`} aria-label={title}>
      <header>
        <h2 className="heading">{title}</h2>
        {legend && <span className="legend">{legend}</span>}
      </header>
      {figures && <div className="figures">{figures}</div>}
      {children}
    </section>
  )
}
