import { haveSameItems } from '@voxtrace/model'
import { memo, type ReactNode, useEffect, useMemo, useRef } from 'react'
import { InterruptedMark, SlowMark } from '../../components/icon.tsx'
import { useKeptItems } from '../../components/use-kept-items.ts'
import { useNearness } from '../../components/use-nearness.ts'
import { conversationScores, type Score } from '../../facade/assessments.ts'
import type { TraceView } from '../../facade/trace-view.ts'
import type { TurnView } from '../../facade/turn-view.ts'
import type { ConversationPlayer } from '../../player/use-conversation-player.ts'
import { MissingWholeScores } from './missing-whole-scores.tsx'
import { ScoreButtons } from './score-buttons.tsx'
import { groupsOf, TurnGroup } from './turn-group.tsx'
import './transcript.css'

interface TranscriptProps {
  view: TraceView
  turns: readonly TurnView[]
  texts: ConversationPlayer['texts']
  heard: ConversationPlayer['heard']
  hear: ConversationPlayer['hear']
  currentSpanId: string | null
  openScoreId: string | null
  onSelect(spanId: string): void
  onToggleScore(id: string): void
  /** What stands above the turns and scrolls with them. */
  head?: ReactNode
}

/** The conversation turn by turn. While it goes on, it follows its end as long as the reader is there. */
export const Transcript = memo(function Transcript(props: TranscriptProps) {
  const { view, turns, texts, heard, hear, currentSpanId, openScoreId, onSelect, onToggleScore, head } = props
  const scroll = useRef<HTMLDivElement>(null)
  const atEnd = useRef(false)
  const watch = useNearness(scroll)
  const groups = useKeptItems(
    useMemo(() => groupsOf(turns), [turns]),
    haveSameItems,
  )
  const isOpen = ({ id }: Score) => id === openScoreId
  useEffect(() => {
    const element = scroll.current
    if (element && atEnd.current) element.scrollTop = element.scrollHeight
  })
  const whole = conversationScores(view.assessments)
  const fullMs = Math.max(2600, ...turns.map(({ gap }) => gap?.totalMs ?? 0))
  const slow = turns.filter(({ gap }) => gap?.slow).length
  const interrupted = turns.filter(({ turn }) => turn.interrupted).length
  return (
    <aside className="transcript" aria-label="Transcript">
      <header>
        <b>Transcript</b>
        <span className="spacer" />
        {slow > 0 && (
          <span className="tag alert">
            <SlowMark />
            {slow} slow
          </span>
        )}
        {interrupted > 0 && (
          <span className="tag alert">
            <InterruptedMark />
            {interrupted} interrupted
          </span>
        )}
      </header>
      <div
        className="turns-scroll"
        ref={scroll}
        onScroll={({ currentTarget }) => {
          const { scrollHeight, scrollTop, clientHeight } = currentTarget
          atEnd.current = scrollTop > 0 && scrollHeight - scrollTop - clientHeight < 24
        }}
      >
        {head}
        {turns.length === 0 && (
          <p className="faint nothing-said">
            {view.isOutline
              ? 'The turns are on their way.'
              : view.isOpen
                ? 'Each turn appears here as it begins.'
                : 'Nothing was said.'}
          </p>
        )}
        {whole.length === 0 && turns.length > 0 && !view.isOpen && <MissingWholeScores />}
        {whole.length > 0 && (
          <section className="whole-conversation" aria-label="The whole conversation">
            <b>The whole conversation</b>
            <ScoreButtons scores={whole} openId={openScoreId} onToggle={onToggleScore} />
          </section>
        )}
        {groups.map((group, index) => {
          const isCurrent = group.some(({ spanId }) => spanId === currentSpanId)
          return (
            <TurnGroup
              key={group[0]?.spanId}
              turns={group}
              texts={texts}
              heard={heard}
              onHear={hear}
              fullMs={fullMs}
              currentSpanId={isCurrent ? currentSpanId : null}
              openScoreId={group.some(({ scores }) => scores.some(isOpen)) ? openScoreId : null}
              isNearAtFirst={isCurrent || index === 0 || index === groups.length - 1}
              watch={watch}
              onSelect={onSelect}
              onToggleScore={onToggleScore}
            />
          )
        })}
      </div>
    </aside>
  )
})
