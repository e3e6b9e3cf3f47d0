import type { Score } from '../../facade/assessments.ts'
import type { Criterion } from '../../facade/criteria.ts'
import { formatScore } from '../../facade/judges.ts'
import type { OwnAssessment } from '../../store/own-assessments.ts'
import { NoteField } from './note-field.tsx'

interface CriterionFieldProps {
  criterion: Criterion
  mine: OwnAssessment | undefined
  judge: Score | null
  isActive: boolean
  onActivate(): void
  /** Null says that this cannot be judged here. */
  onScore(value: number | null): void
  onTakeBack(): void
  onExplain(rationale: string): void
}

/** One criterion: its question, what each score means, the person's own, and only then the judge's. */
export function CriterionField(props: CriterionFieldProps) {
  const { criterion, mine, judge, isActive, onActivate, onScore, onTakeBack, onExplain } = props
  const { label, question, levels } = criterion
  const value = mine?.value
  const isScored = value !== undefined
  const press = (score: number | null) => (score === value ? onTakeBack() : onScore(score))
  return (
    <fieldset className="criterion" data-active={isActive} aria-label={label}>
      <header>
        <button type="button" className="name" aria-expanded={isActive} onClick={onActivate}>
          {label}
        </button>
        <span className="scale">
          {[1, 2, 3, 4, 5].map((level) => (
            <button
              type="button"
              key={level}
              aria-label={`${label}: ${level}${levels ? `, ${levels[level - 1]}` : ''}`}
              aria-pressed={value === level}
              onClick={() => press(level)}
            >
              {level}
            </button>
          ))}
          <button
            type="button"
            aria-label={`${label}: cannot be judged`}
            title="Cannot be judged (0)"
            aria-pressed={value === null}
            onClick={() => press(null)}
          >
            –
          </button>
        </span>
      </header>
      {isActive && (
        <>
          {question && <p className="question">{question}</p>}
          <ol className="levels">
            {levels?.map((meaning, index) => (
              <li key={meaning} data-chosen={value === index + 1}>
                <kbd>{index + 1}</kbd> {meaning}
              </li>
            ))}
            <li data-chosen={value === null}>
              <kbd>0</kbd> Cannot be judged here.
            </li>
          </ol>
        </>
      )}
      {isScored && (isActive || mine?.rationale) && (
        <NoteField
          label={`Why, ${label}`}
          isLabelHidden
          value={mine?.rationale ?? ''}
          placeholder="Why (optional)"
          onCommit={onExplain}
        />
      )}
      {isScored && <JudgeLine judge={judge} mine={typeof value === 'number' ? value : null} />}
    </fieldset>
  )
}

function JudgeLine({ judge, mine }: { judge: Score | null; mine: number | null }) {
  if (!judge) return <p className="judge-line faint">The judge has not scored this.</p>
  const apart = judge.score !== null && mine !== null ? Math.abs(Math.round(judge.score) - mine) : 0
  return (
    <details className="judge-line" data-apart={apart}>
      <summary>
        Judge <b>{judge.score === null ? judge.text : formatScore(judge.score)}</b>
        {judge.score !== null && mine !== null && (
          <span>
            {apart === 0 ? 'agrees with you' : `${apart} ${judge.score > mine ? 'higher' : 'lower'}`}
          </span>
        )}
      </summary>
      <p>{judge.rationale ?? 'No rationale was given.'}</p>
    </details>
  )
}
