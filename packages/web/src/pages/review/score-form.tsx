import type { Assessment } from '@voxtrace/model'
import { useRef, useState } from 'react'
import { Icon } from '../../components/icon.tsx'
import { useShortcuts } from '../../components/shortcuts.ts'
import { scoreOf } from '../../facade/assessments.ts'
import type { Criterion } from '../../facade/criteria.ts'
import { useStore } from '../../store/observable.ts'
import type { OwnAssessments } from '../../store/own-assessments.ts'
import { CriterionField } from './criterion-field.tsx'
import { NoteField } from './note-field.tsx'

/** MLflow's name for what the answer should have been. */
const expectedAnswer = 'expected_response'
const comment = 'comment'
const scale = [1, 2, 3, 4, 5] as const

interface ScoreFormProps {
  own: OwnAssessments
  criteria: readonly Criterion[]
  /** What the judges found, shown criterion by criterion after the person's own score. */
  judged: readonly Assessment[]
  /** What the agent said, for when it is what was expected. */
  answer: string | null
  /** Nothing of the queue is left to score. */
  isLast: boolean
  onNext(): void
  /** Draws the queue anew. */
  onLookForMore(): void
}

/** Scores by the judges' criteria, what the answer should have been, and a comment; all by keys. */
export function ScoreForm({ own, criteria, judged, answer, isLast, onNext, onLookForMore }: ScoreFormProps) {
  const said = useStore(own)
  const [active, setActive] = useState(() => Math.max(0, firstOpen(0)))
  /** The criteria in the order in which they were scored just now, for the last to be taken back first. */
  const given = useRef<number[]>([])
  const expected = useRef<HTMLTextAreaElement>(null)
  const remark = useRef<HTMLTextAreaElement>(null)

  function firstOpen(from: number): number {
    const order = [...criteria.keys()].map((index) => (from + index) % criteria.length)
    return order.find((index) => own.getState().get(criteria[index]?.name ?? '')?.value === undefined) ?? -1
  }
  const score = (index: number, value: number | null) => {
    const criterion = criteria[index]
    if (!criterion) return
    own.put(criterion.name, 'feedback', value)
    given.current.push(index)
    setActive(firstOpen(index + 1))
  }
  const isScored = (index: number) => own.getState().get(criteria[index]?.name ?? '')?.value !== undefined
  const takeBack = (index: number) => {
    const criterion = criteria[index]
    if (!criterion) return
    own.remove(criterion.name)
    setActive(index)
  }
  const takeBackLast = () => {
    if (isScored(active)) return takeBack(active)
    while (given.current.length > 0) {
      const last = given.current.pop()
      if (last !== undefined && isScored(last)) return takeBack(last)
    }
  }
  const move = (by: number) =>
    setActive((at) =>
      Math.max(0, Math.min(criteria.length - 1, at < 0 ? (by > 0 ? 0 : criteria.length - 1) : at + by)),
    )
  useShortcuts({
    ...Object.fromEntries(scale.map((value) => [String(value), () => score(active, value)])),
    '0': () => score(active, null),
    backspace: takeBackLast,
    arrowdown: () => move(1),
    arrowup: () => move(-1),
    x: () => expected.current?.focus(),
    c: () => remark.current?.focus(),
  })
  const text = (name: string) => {
    const value = said.get(name)?.value
    return typeof value === 'string' ? value : ''
  }
  const write = (name: string, kind: 'feedback' | 'expectation', value: string) => {
    if (value.trim() === '') own.remove(name)
    else own.put(name, kind, value)
  }
  const isDone = criteria.every(({ name }) => said.get(name)?.value !== undefined)
  return (
    <section className="score-form" aria-label="Your scores">
      {criteria.map((criterion, index) => {
        const mine = said.get(criterion.name)
        const found = judged.findLast(({ name }) => name === criterion.name)
        return (
          <CriterionField
            key={criterion.name}
            criterion={criterion}
            mine={mine}
            judge={found ? scoreOf(found) : null}
            isActive={index === active}
            onActivate={() => setActive(index)}
            onScore={(value) => score(index, value)}
            onTakeBack={() => takeBack(index)}
            onExplain={(rationale) => {
              if (mine?.value !== undefined)
                own.put(criterion.name, 'feedback', mine.value, rationale || null)
            }}
          />
        )
      })}
      <NoteField
        ref={expected}
        label="Expected answer"
        hint="X"
        value={text(expectedAnswer)}
        placeholder="What the agent should have said"
        onCommit={(value) => write(expectedAnswer, 'expectation', value)}
        action={
          answer !== null && text(expectedAnswer) !== answer ? (
            <button
              type="button"
              className="button ghost"
              onClick={() => own.put(expectedAnswer, 'expectation', answer)}
            >
              It said what it should
            </button>
          ) : null
        }
      />
      <NoteField
        ref={remark}
        label="Comment"
        hint="C"
        value={text(comment)}
        placeholder="Anything worth knowing of this turn"
        onCommit={(value) => write(comment, 'feedback', value)}
      />
      <footer>
        <SaveState own={own} />
        <span className="spacer" />
        {!isLast ? (
          <button type="button" className={isDone ? 'button primary' : 'button'} onClick={onNext}>
            Next <kbd className="wide-only">Enter</kbd>
          </button>
        ) : (
          <>
            <span className="tag live">
              <Icon name="check" />
              All scored
            </span>
            <button type="button" className="button" onClick={onLookForMore}>
              Look for more
            </button>
          </>
        )}
      </footer>
    </section>
  )
}

function SaveState({ own }: { own: OwnAssessments }) {
  const said = [...useStore(own).values()]
  const failed = said.find(({ state }) => state === 'failed')
  if (failed) {
    return (
      <span className="save-state failed" role="alert">
        Not saved: {failed.failure}{' '}
        <button type="button" className="button" onClick={() => own.retry()}>
          Try again
        </button>
      </span>
    )
  }
  const saving = said.some(({ state }) => state === 'saving')
  return (
    <span className="save-state faint" role="status">
      {saving ? 'Saving' : said.length > 0 ? 'Saved' : 'Each score is saved as it is given'}
    </span>
  )
}
