import { formatScore, isLowScore } from '../facade/judges.ts'
import type { ScoreCell } from '../facade/score-cell.ts'
import './score-strip.css'

/**
 * The judges' lowest scores of a trace, since a mean would hide the turn that went wrong; the title has the mean. It is a picture with
 * one name: a hidden word before each numeral took a third of the time in which rows scroll by.
 */
export function ScoreStrip({ scores }: { scores: ScoreCell[] }) {
  return (
    <span className="score-strip" role="img" aria-label={scores.map(spokenOf).join(', ')}>
      {scores.map((score) => {
        const style: Record<string, number> = { '--level': score.lowest ?? 0 }
        const className = score.lowest === null ? 'none' : isLowScore(score.lowest) ? 'low' : undefined
        return (
          <span key={score.name} className={className} style={style} title={titleOf(score)}>
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

function spokenOf(score: ScoreCell): string {
  return score.lowest === null ? titleOf(score) : `${score.label} ${numeralOf(score)}`
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
