import { useRef } from 'react'
import { PersonMark } from '../../components/icon.tsx'
import { useIntoView } from '../../components/use-into-view.ts'
import type { Score } from '../../facade/assessments.ts'
import { formatScore, isLowScore } from '../../facade/judges.ts'

interface ScoreButtonsProps {
  scores: readonly Score[]
  openId: string | null
  onToggle(id: string): void
}

/** The scores of a turn; each opens its rationale below. */
export function ScoreButtons({ scores, openId, onToggle }: ScoreButtonsProps) {
  const open = scores.find(({ id }) => id === openId)
  const rationale = useRef<HTMLDivElement>(null)
  useIntoView(rationale, open?.id)
  return (
    <>
      <div className="turn-scores">
        {scores.map((score) => {
          const level: Record<string, number> = { '--level': score.score ?? 0 }
          return (
            <button
              key={score.id}
              type="button"
              className={isLowScore(score.score) || score.state === 'failed' ? 'low' : undefined}
              aria-expanded={score.id === openId}
              title={score.label}
              onClick={(event) => {
                event.stopPropagation()
                onToggle(score.id)
              }}
            >
              <span className="level" style={level} />
              {score.sourceType === 'HUMAN' && <PersonMark label={`by ${score.sourceId}`} />}
              {score.short}
              <b>{shortOf(score)}</b>
            </button>
          )
        })}
      </div>
      {open && (
        <div ref={rationale}>
          <Rationale score={open} />
        </div>
      )}
    </>
  )
}

/** Why a judge gave its score, and which judge it was. */
export function Rationale({ score }: { score: Score }) {
  const confidence = score.metadata.confidence ?? score.metadata['judge.confidence']
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a click inside must not select the turn
    // biome-ignore lint/a11y/useKeyWithClickEvents: nothing happens on click
    <div className="rationale" onClick={(event) => event.stopPropagation()}>
      <b>
        {score.label} {score.state === 'scored' && score.score !== null ? formatScore(score.score) : ''}
      </b>
      <p>{rationaleOf(score)}</p>
      {score.sourceType && (
        <footer>
          {sourceWords[score.sourceType]} {score.sourceId}
          {confidence && `, confidence ${confidence}`}
        </footer>
      )}
    </div>
  )
}

const sourceWords = { HUMAN: 'By', LLM_JUDGE: 'Judged by', CODE: 'Computed by' }

function rationaleOf(score: Score): string {
  if (score.state === 'pending') return 'This judge has not spoken yet.'
  if (score.state === 'failed') return `The judge failed: ${score.text}`
  return score.rationale ?? (score.state === 'value' ? score.text : 'No rationale was given.')
}

function shortOf(score: Score): string {
  switch (score.state) {
    case 'scored':
      return formatScore(score.score ?? 0)
    case 'pending':
      return '·'
    case 'failed':
      return '!'
    case 'unjudged':
      return '–'
    case 'value':
      return score.text.length > 12 ? `${score.text.slice(0, 11)}…` : score.text
  }
}
