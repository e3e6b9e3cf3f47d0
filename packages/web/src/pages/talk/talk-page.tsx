import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type ReactNode, useEffect, useMemo, useState } from 'react'
import { botStatusQuery } from '../../api/status.ts'
import { Icon } from '../../components/icon.tsx'
import { Page } from '../../components/page.tsx'
import { useShortcuts } from '../../components/shortcuts.ts'
import { medianOf } from '../../facade/latency.ts'
import { formatClock } from '../../format/time.ts'
import { useStore } from '../../store/observable.ts'
import { call } from '../../talk/call.ts'
import { type CallState, isInCall } from '../../talk/call-state.ts'
import { callWords, microphoneProblem } from '../../talk/call-words.ts'
import { BeforeCall, CallIdeas } from './before-call.tsx'
import { CallTranscript } from './call-transcript.tsx'
import { LastTurn } from './last-turn.tsx'
import { TalkDock } from './talk-dock.tsx'
import { VoiceLine } from './voice-line.tsx'
import './talk.css'

/** Talk to the bot and watch the wait. */
export function TalkPage() {
  const state = useStore(call)
  const { phase, exchanges, conversation } = state
  const usualMs = useMemo(
    () => medianOf(exchanges.flatMap(({ latency }) => latency?.voiceToVoiceMs ?? [])),
    [exchanges],
  )
  useShortcuts({ m: () => call.toggleMute() })
  const hasTalked = exchanges.length > 0 || isInCall(phase)
  return (
    <Page
      title="Talk"
      className="talk-page"
      header={
        <>
          <Link
            to="/experiments"
            className="button ghost square narrow-only"
            aria-label="Back to the experiments"
          >
            <Icon name="left" />
          </Link>
          <div className="crumbs">
            <b>Talk</b>
          </div>
          <span className="spacer" />
          <ConnectionTag state={state} />
          {conversation?.traceId && (
            <Link to="/traces/$traceId" params={{ traceId: conversation.traceId }} className="button">
              {isInCall(phase) ? 'Live trace' : 'Trace'}
              <Icon name="right" />
            </Link>
          )}
        </>
      }
    >
      <section className="talk-field" aria-label="The call">
        <VoiceLine usualMs={usualMs} />
        <CallHeadline state={state} />
        <CallNote state={state} />
      </section>
      <section className="talk-low">
        <div className="talk-transcript">
          {hasTalked ? (
            <CallTranscript state={state} />
          ) : (
            <CallIdeas onAsk={(question) => call.say(question)} />
          )}
        </div>
        {hasTalked ? <LastTurn state={state} usualMs={usualMs} /> : <BeforeCall />}
      </section>
      <TalkDock state={state} />
    </Page>
  )
}

/** Before anybody tried to call it. */
const botIsAway = {
  word: 'The bot does not answer',
  sentence: 'It does not run, or cannot be reached from the server. This page notices when it is back.',
}

function CallHeadline({ state }: { state: CallState }) {
  const { isError: isAway } = useQuery({ ...botStatusQuery, enabled: state.phase === 'idle' })
  const { word, sentence } = state.phase === 'idle' && isAway ? botIsAway : callWords(state)
  const endedTraceId = state.phase === 'ended' ? state.conversation?.traceId : undefined
  const canConnect = state.phase === 'idle' || state.phase === 'ended' || state.phase === 'failed'
  return (
    <div className="talk-state">
      <div role="status" aria-live="polite">
        <h1>{word}</h1>
      </div>
      <p>{sentence}</p>
      {canConnect && (
        <div className="actions">
          {endedTraceId && (
            <Link to="/traces/$traceId" params={{ traceId: endedTraceId }} className="button primary large">
              See the call
            </Link>
          )}
          <button
            type="button"
            className={endedTraceId ? 'button large' : 'button primary large'}
            onClick={() => void call.connect({ withMicrophone: true })}
          >
            <Icon name="mic" />
            {state.phase === 'idle' ? 'Connect' : 'Connect again'}
          </button>
        </div>
      )}
    </div>
  )
}

/** What went wrong in the call without ending it, or is wrong with the microphone. */
function CallNote({ state }: { state: CallState }) {
  const { notice, brokenOff, phase, microphone } = state
  const problem = microphoneProblem(state)
  if (brokenOff) {
    return (
      <Note title="The call broke off" onDismiss={() => call.dismissNotice()}>
        The bot went down and is back, with a new conversation.{' '}
        {brokenOff.traceId && (
          <Link to="/traces/$traceId" params={{ traceId: brokenOff.traceId }}>
            What was said before is in its trace.
          </Link>
        )}
      </Note>
    )
  }
  if (notice !== null) {
    return (
      <Note title="A part failed" onDismiss={() => call.dismissNotice()}>
        {notice}
      </Note>
    )
  }
  if (!problem) return null
  return (
    <Note title={problem.title}>
      {problem.advice}
      {phase === 'connected' && microphone !== 'insecure' && (
        <button type="button" className="button" onClick={() => void call.retryMicrophone()}>
          Try again
        </button>
      )}
    </Note>
  )
}

interface NoteProps {
  title: string
  children: ReactNode
  onDismiss?: () => void
}

function Note({ title, children, onDismiss }: NoteProps) {
  return (
    <div className="talk-note" role="alert">
      {onDismiss && (
        <button type="button" className="button ghost square close" aria-label="Dismiss" onClick={onDismiss}>
          <Icon name="close" />
        </button>
      )}
      <b>{title}</b>
      <p>{children}</p>
    </div>
  )
}

function ConnectionTag({ state }: { state: CallState }) {
  const { phase, connectedAtMs } = state
  const nowMs = useSeconds(isInCall(phase))
  if (phase === 'connected' && connectedAtMs !== null) {
    return (
      <span className="tag live">
        <span className="dot" />
        <span className="wide-only">Connected</span>
        {formatClock(Math.max(0, nowMs - connectedAtMs))}
      </span>
    )
  }
  return (
    <span className={phase === 'reconnecting' ? 'tag alert' : 'tag'}>
      {phase === 'reconnecting' ? 'Reconnecting' : 'Not connected'}
    </span>
  )
}

function useSeconds(running: boolean): number {
  const [nowMs, setNowMs] = useState(Date.now)
  useEffect(() => {
    if (!running) return
    setNowMs(Date.now())
    const timer = setInterval(() => setNowMs(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [running])
  return nowMs
}
