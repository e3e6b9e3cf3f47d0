import { Link } from '@tanstack/react-router'
import { useRef } from 'react'
import { InterruptedMark } from '../../components/icon.tsx'
import { useIntoView } from '../../components/use-into-view.ts'
import type { TurnView } from '../../facade/turn-view.ts'
import { Documents } from '../trace/documents.tsx'
import type { Reviewed } from './read-reviewed.ts'
import { ReviewSound } from './review-sound.tsx'
import '../trace/transcript.css'

interface ReviewSubjectProps {
  reviewed: Reviewed
  /** The turn to score, shown after those before it; null when the whole conversation is. */
  turn: TurnView | null
}

/** What is to be scored, with all that a judge may look at and none of its scores. */
export function ReviewSubject({ reviewed, turn }: ReviewSubjectProps) {
  const { view, turns, isSession, isCut } = reviewed
  const scored = useRef<HTMLElement>(null)
  useIntoView(scored, turn?.spanId)
  const shown = turn ? turns.filter(({ number }) => number <= turn.number) : turns
  return (
    <article className="review-subject" aria-label={turn ? 'The turn to score' : 'The conversation to score'}>
      {turn === null && !isSession && <ReviewSound key={view.info.traceId} view={view} turn={null} />}
      {shown.map((each) => (
        <section
          key={each.spanId}
          ref={each === turn ? scored : undefined}
          className={turn !== null && each !== turn ? 'before' : 'scored'}
        >
          <header>
            <span>{each.number === 0 ? 'Greeting' : `Turn ${each.number}`}</span>
            {each.turn.interrupted && (
              <span className="tag">
                <InterruptedMark /> Interrupted
              </span>
            )}
            <span className="spacer" />
            {each === turn && (
              <Link
                to="/traces/$traceId"
                params={{ traceId: view.info.traceId }}
                search={{ span: each.spanId }}
              >
                In its trace
              </Link>
            )}
          </header>
          {each === turn && <ReviewSound key={each.spanId} view={view} turn={each} />}
          {each.number > 0 && (
            <Said who="user_speech" label="User" text={each.userText ?? 'Nothing was understood'} />
          )}
          {each === turn && each.turn.documents.length > 0 && (
            <div className="retrieved">
              <h3 className="heading">Retrieved</h3>
              <Documents documents={each.turn.documents} />
            </div>
          )}
          <Said who="agent_speech" label="Agent" text={each.agentText ?? 'No answer was heard'} />
        </section>
      ))}
      {isCut && <p className="faint">The session goes on; these are its first {turns.length} turns.</p>}
    </article>
  )
}

function Said({ who, label, text }: { who: string; label: string; text: string }) {
  return (
    <div className="said" data-span={who}>
      <i />
      <span>
        <span className="visually-hidden">{label}: </span>
        {text}
      </span>
    </div>
  )
}
