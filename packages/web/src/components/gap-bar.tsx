import { latencyParts } from '@voxtrace/model'
import { Fragment } from 'react'
import { type Gap, latencyPartLabels, slowFromMs } from '../facade/latency.ts'
import { formatMs } from '../format/time.ts'
import './gap-bar.css'

export interface GapBarProps {
  gap: Gap
  /** The time that the full width stands for, in milliseconds. */
  fullMs: number
  height?: number
  /** Draw the tick from which a turn is slow. */
  threshold?: boolean
}

/** One voice-to-voice time as parts that sum. */
export function GapBar({ gap, fullMs, height = 8, threshold = false }: GapBarProps) {
  const full = Math.max(fullMs, 1)
  const label = gap.parts.map(({ label, ms }) => `${label} ${formatMs(ms)} ms`).join(', ')
  return (
    <span className="gap-track">
      {threshold && slowFromMs < full && (
        <span
          className="threshold"
          style={{ left: `${(100 * slowFromMs) / full}%` }}
          title="Slow from 2,000 ms"
        />
      )}
      <span
        className="gap-bar"
        style={{ height, width: `${Math.min(100, (100 * gap.totalMs) / full).toFixed(2)}%` }}
        role="img"
        aria-label={`Voice to voice ${formatMs(gap.totalMs)} ms${label ? `: ${label}` : ''}`}
      >
        {gap.parts.map(({ part, ms }) =>
          ms > 0 ? (
            <span key={part} data-span={part} className="hatch" style={{ flex: `${ms} 0 0` }} />
          ) : null,
        )}
        {gap.unexplainedMs > 0.5 && (
          <span className="unexplained" style={{ flex: `${gap.unexplainedMs} 0 0` }} />
        )}
      </span>
    </span>
  )
}

/** All parts in words and figures; one that is not known says so with a dash. */
export function GapPartTable({ gap, share = false }: { gap: Gap | null; share?: boolean }) {
  return (
    <div className={share ? 'gap-parts with-share' : 'gap-parts'}>
      {latencyParts.map((part) => {
        const ms = gap?.parts.find((known) => known.part === part)?.ms
        return (
          <Fragment key={part}>
            <span
              className="swatch hatch"
              data-span={part}
              style={ms === undefined ? { opacity: 0.3 } : undefined}
            />
            <span className={ms === undefined ? 'absent' : undefined}>{latencyPartLabels[part]}</span>
            <span className="num">{ms === undefined ? '–' : `${formatMs(ms)} ms`}</span>
            {share && (
              <span className="num share">
                {ms === undefined || !gap ? '' : `${Math.round((100 * ms) / Math.max(gap.totalMs, 1))} %`}
              </span>
            )}
          </Fragment>
        )
      })}
    </div>
  )
}
