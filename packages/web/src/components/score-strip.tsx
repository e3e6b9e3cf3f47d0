import { formatScore, isLowScore } from '../facade/judges.ts'
import type { ScoreCell } from '../facade/score-cell.ts'
import './score-strip.css'

/** The judges' lowest scores of a trace, since a mean would hide the turn that went wrong; the title has the mean. */
export function ScoreStrip({ scores }: { scores: ScoreCell[] }) {
  return (
    <span className="score-strip">
      {scores.map((score) => {
        const style: Record<string, number> = { '--level': score.lowest ?? 0 }
        const className = score.lowest === null ? 'none' : isLowScore(score.lowest) ? 'low' : undefined
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

function numeralOf({ state, lowest }: ScoreCell): string {
  if (lowest !== null) return formatScore(Math.round(lowest * 10) / 10)
  return { pending: '·', unjudged: '–', failed: '!', scored: '' }[state]
}

function titleOf({ label, state, mean, lowest }: ScoreCell): string {
  if (mean !== null)
    return `${label}: lowest ${lowest ?? mean}, mean ${formatScore(Math.round(mean * 10) / 10)}`
  return {
    pending: `${label}: pending`,
    unjudged: `${label}: not judged`,
    failed: `${label}: the judge failed`,
    scored: label,
  }[state]
}
