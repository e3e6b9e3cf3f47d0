import { formatScore, isLowScore } from '../facade/judges.ts'
import type { ScoreCell } from '../facade/trace-row.ts'
import './score-strip.css'

/** The five judges' mean scores of a trace; the title of each says its lowest. */
export function ScoreStrip({ scores }: { scores: ScoreCell[] }) {
  return (
    <span className="score-strip">
      {scores.map((score) => {
        const style: Record<string, number> = { '--level': score.mean ?? 0 }
        const className = score.mean === null ? 'none' : isLowScore(score.lowest) ? 'low' : undefined
        return (
          <span key={score.name} className={className} style={style} title={titleOf(score)}>
            <span className="visually-hidden">{score.label} </span>
            {numeralOf(score)}
          </span>
        )
      })}
    </span>
  )
}

function numeralOf({ state, mean }: ScoreCell): string {
  if (mean !== null) return formatScore(Math.round(mean * 10) / 10)
  return { pending: '·', unjudged: '–', failed: '!', scored: '' }[state]
}

function titleOf({ label, state, mean, lowest }: ScoreCell): string {
  if (mean !== null) return `${label} ${formatScore(Math.round(mean * 10) / 10)}, lowest ${lowest ?? mean}`
  return {
    pending: `${label}: pending`,
    unjudged: `${label}: not judged`,
    failed: `${label}: the judge failed`,
    scored: label,
  }[state]
}
