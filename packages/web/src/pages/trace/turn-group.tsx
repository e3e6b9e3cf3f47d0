import { memo, useEffect, useRef, useState } from 'react'
import type { WatchNearness } from '../../components/use-nearness.ts'
import type { TurnView } from '../../facade/turn-view.ts'
import type { HeardStore } from '../../player/heard.ts'
import { textName } from '../../player/spoken-texts.ts'
import type { ConversationPlayer } from '../../player/use-conversation-player.ts'
import { TurnCard } from './turn-card.tsx'

const turnsPerGroup = 8
/** What a card takes that has not been laid out yet, in pixels. */
const cardPx = 150

/** Turns in order, some at a time: a browser looks for each group, and not for each turn, whether it is in sight. */
export function groupsOf(turns: readonly TurnView[]): TurnView[][] {
  return Array.from({ length: Math.ceil(turns.length / turnsPerGroup) }, (_, index) =>
    turns.slice(index * turnsPerGroup, (index + 1) * turnsPerGroup),
  )
}

interface TurnGroupProps {
  turns: readonly TurnView[]
  texts: ConversationPlayer['texts']
  heard: HeardStore
  onHear: ConversationPlayer['hear']
  fullMs: number
  /** Null where it is in another group. */
  currentSpanId: string | null
  openScoreId: string | null
  /** Whether it is drawn whole before anybody has looked where it is. */
  isNearAtFirst: boolean
  watch: WatchNearness
  onSelect(spanId: string): void
  onToggleScore(id: string): void
}

/** Some turns that follow each other. */
export const TurnGroup = memo(function TurnGroup(props: TurnGroupProps) {
  const { turns, texts, heard, onHear, fullMs, currentSpanId, openScoreId, watch } = props
  const element = useRef<HTMLDivElement>(null)
  const [isNear, setNear] = useState(props.isNearAtFirst)
  useEffect(() => {
    const group = element.current
    // What has the focus stays.
    return group ? watch(group, (isNear) => setNear(isNear || group.matches(':focus-within'))) : undefined
  }, [watch])
  return (
    <div
      className="turn-group"
      ref={element}
      style={{ containIntrinsicHeight: `auto ${turns.length * cardPx}px` }}
    >
      {turns.map((turn) => (
        <TurnCard
          key={turn.spanId}
          turn={turn}
          userSaid={texts[textName(turn.spanId, 'user')]}
          agentSaid={texts[textName(turn.spanId, 'agent')]}
          heard={heard}
          onHear={onHear}
          fullMs={fullMs}
          isCurrent={turn.spanId === currentSpanId}
          openScoreId={turn.scores.some(({ id }) => id === openScoreId) ? openScoreId : null}
          isNear={isNear}
          onSelect={props.onSelect}
          onToggleScore={props.onToggleScore}
        />
      ))}
    </div>
  )
})
