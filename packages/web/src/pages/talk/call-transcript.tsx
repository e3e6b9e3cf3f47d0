import { useEffect, useRef, useState } from 'react'
import { GapBar } from '../../components/gap-bar.tsx'
import { InterruptedMark } from '../../components/icon.tsx'
import { gapOf } from '../../facade/latency.ts'
import { formatMs } from '../../format/time.ts'
import { type CallState, isInCall } from '../../talk/call-state.ts'
import { type Exchange, unspokenText } from '../../talk/exchanges.ts'

/** The words of both sides as they come; it follows its end as long as the reader is there. */
export function CallTranscript({ state }: { state: CallState }) {
  const scroll = useRef<HTMLDivElement>(null)
  const atEnd = useRef(true)
  const [scrolls, setScrolls] = useState(false)
  useEffect(() => {
    const element = scroll.current
    if (!element) return
    setScrolls(element.scrollHeight > element.clientHeight + 1)
    if (atEnd.current) element.scrollTop = element.scrollHeight
  })
  const { exchanges, phase, agent, userSpeaking } = state
  return (
    <div
      className={scrolls ? 'talk-lines scrolls' : 'talk-lines'}
      ref={scroll}
      role="log"
      aria-label="Live transcript"
      onScroll={({ currentTarget }) => {
        atEnd.current = currentTarget.scrollHeight - currentTarget.scrollTop - currentTarget.clientHeight < 24
      }}
    >
      {exchanges.length === 0 && (
        <p className="talk-line faint">{isInCall(phase) ? 'Say something, or type below.' : ''}</p>
      )}
      {exchanges.map((exchange, index) => (
        <ExchangeLines
          key={exchange.key}
          exchange={exchange}
          isLast={index === exchanges.length - 1}
          isWaiting={phase === 'connected' && agent === 'thinking' && index === exchanges.length - 1}
          isSpeaking={userSpeaking && index === exchanges.length - 1}
        />
      ))}
    </div>
  )
}

interface ExchangeLinesProps {
  exchange: Exchange
  isLast: boolean
  isWaiting: boolean
  isSpeaking: boolean
}

function ExchangeLines({ exchange, isLast, isWaiting, isSpeaking }: ExchangeLinesProps) {
  const gap = exchange.number === 0 ? null : gapOf(exchange.latency)
  const rest = unspokenText(exchange)
  const hasAnswer = exchange.heardText !== '' || rest !== ''
  const age = isLast ? 'talk-line' : 'talk-line past'
  return (
    <>
      {exchange.userText !== null && (
        <div className={age} data-span="user_speech">
          <span className="who">You</span>
          <span className={exchange.userPending ? 'pending' : undefined}>
            {exchange.userText}
            {isSpeaking && !hasAnswer && <span className="caret" />}
          </span>
        </div>
      )}
      {gap && (
        <div className="talk-wait">
          <GapBar gap={gap} fullMs={1600} height={5} />
          <span className={gap.slow ? 'slow' : undefined}>{formatMs(gap.totalMs)} ms</span>
          {exchange.interrupted && <InterruptedMark />}
        </div>
      )}
      {(hasAnswer || isWaiting) && (
        <div className={age} data-span="agent_speech">
          <span className="who">Agent</span>
          <span>
            {exchange.heardText} <span className={exchange.interrupted ? 'unheard' : 'pending'}>{rest}</span>
            {!hasAnswer && <span className="pending">Waiting for the first words</span>}
          </span>
        </div>
      )}
    </>
  )
}
