import { memo, useEffect, useRef, useSyncExternalStore } from 'react'
import { GapBar, GapPartTable } from '../../components/gap-bar.tsx'
import { InterruptedMark, SlowMark } from '../../components/icon.tsx'
import type { TurnView } from '../../facade/turn-view.ts'
import { formatClock, formatCount, formatDollars, formatMs } from '../../format/time.ts'
import type { HeardStore, SpokenText } from '../../player/heard.ts'
import { SpokenWords } from '../../player/spoken-words.tsx'
import { Documents } from './documents.tsx'
import { ScoreButtons } from './score-buttons.tsx'

interface TurnCardProps {
  turn: TurnView
  /** What each voice said, with its times. */
  userSaid: SpokenText | undefined
  agentSaid: SpokenText | undefined
  heard: HeardStore
  /** Goes to a moment of the turn; null where there is nothing to hear. */
  onHear: ((turnSpanId: string, ms: number) => void) | null
  fullMs: number
  isCurrent: boolean
  /** Of its scores the one that shows its rationale. */
  openScoreId: string | null
  /** Whether it is in sight or nearly. */
  isNear: boolean
  onSelect(spanId: string): void
  onToggleScore(id: string): void
}

/**
 * One exchange: what was said, the wait between, and how it was judged. The current one shows its parts. Far from what is
 * in sight it is its words alone, in the same places, so that hundreds cost little and all of them can be found, selected and read aloud.
 */
export const TurnCard = memo(function TurnCard(props: TurnCardProps) {
  const { turn, userSaid, agentSaid, heard, onHear, fullMs, isCurrent, openScoreId, isNear } = props
  const { onSelect, onToggleScore } = props
  const element = useRef<HTMLElement>(null)
  const isHeard = useSyncExternalStore(heard.subscribe, () => heard.getState().turnSpanId === turn.spanId)
  useEffect(() => {
    if (isCurrent || isHeard) element.current?.scrollIntoView({ block: 'nearest' })
  }, [isCurrent, isHeard])
  const isWhole = isNear || isCurrent || openScoreId !== null
  const isGreeting = turn.number === 0
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the turn's number is the button; the card is its larger target
    <article
      ref={element}
      className="turn-card"
      aria-current={isCurrent ? 'true' : undefined}
      data-heard={isHeard ? '' : undefined}
      onClick={() => onSelect(turn.spanId)}
    >
      <header>
        <button type="button">
          {isGreeting ? (
            'Greeting'
          ) : (
            <>
              <span className="visually-hidden">Turn </span>
              {turn.number}
            </>
          )}
        </button>
        <span>{formatClock(turn.startMs)}</span>
        {isWhole && <TurnFacts turn={turn} />}
      </header>
      {!isGreeting && (
        <div className="said" data-span="user_speech">
          <i />
          <span>
            {userSaid ? (
              <SpokenWords {...userSaid} heard={heard} onHear={onHear} />
            ) : (
              <span className="silent">{turn.endMs === null ? 'Listening…' : 'Nothing was understood'}</span>
            )}
          </span>
        </div>
      )}
      {!isGreeting && (turn.gap !== null || turn.endMs === null) && (
        <div className={turn.gap?.slow ? 'turn-wait slow' : 'turn-wait'}>
          {isWhole && turn.gap && (
            <>
              <span />
              <GapBar gap={turn.gap} fullMs={fullMs} threshold />
              <b>
                {formatMs(turn.gap.totalMs)}
                <small>ms</small>
              </b>
            </>
          )}
        </div>
      )}
      {isCurrent && !isGreeting && (
        <div className="turn-more">
          {turn.gap && <GapPartTable gap={turn.gap} share />}
          {turn.turn.documents.length > 0 && (
            <section>
              <h4>
                Retrieved <span className="faint">{turn.turn.documents.length}</span>
              </h4>
              <Documents documents={turn.turn.documents} />
            </section>
          )}
        </div>
      )}
      <div className="said" data-span="agent_speech">
        <i />
        <span>
          {agentSaid ? (
            <SpokenWords {...agentSaid} heard={heard} onHear={onHear} />
          ) : (
            <span className="silent">
              {turn.endMs === null ? 'Waiting for the answer' : 'No answer was heard'}
            </span>
          )}{' '}
          {turn.unheardText && <span className="unheard">{turn.unheardText}</span>}
        </span>
      </div>
      {turn.turn.error && <p className="turn-error">{turn.turn.error}</p>}
      {!isGreeting &&
        (isWhole ? (
          <ScoreButtons scores={turn.scores} openId={openScoreId} onToggle={onToggleScore} />
        ) : (
          <div className="turn-scores" />
        ))}
    </article>
  )
})

/** What is to be known of a turn beside its words. */
function TurnFacts({ turn: { turn, gap, endMs, cost } }: { turn: TurnView }) {
  const { tokens } = turn
  return (
    <>
      {gap?.slow && (
        <span className="tag alert">
          <SlowMark />
          Slow
        </span>
      )}
      {turn.interrupted && (
        <span className="tag alert">
          <InterruptedMark />
          Interrupted
        </span>
      )}
      {endMs === null && (
        <span className="tag live">
          <span className="dot" />
          Now
        </span>
      )}
      <span className="spacer" />
      {cost !== null && <span>{formatDollars(cost)}</span>}
      {tokens?.totalTokens != null && (
        <span title={tokens.estimated ? 'Counted by a tokenizer, not by the provider' : undefined}>
          {tokens.estimated ? '≈ ' : ''}
          {formatCount(tokens.totalTokens)} tok
        </span>
      )}
    </>
  )
}
