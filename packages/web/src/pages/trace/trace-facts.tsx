import { Link } from '@tanstack/react-router'
import type { TraceView } from '../../facade/trace-view.ts'
import { medianWaitOf } from '../../facade/turn-view.ts'
import { formatClock, formatCount, formatDollars, formatDuration, formatMs } from '../../format/time.ts'
import { useIsLive, useTraceLength } from './use-trace.ts'

/** Whether a trace goes on; one that nothing has come of for a while may have lost its sender. */
export function LiveTag({ view }: { view: TraceView }) {
  const isLive = useIsLive(view)
  if (isLive) {
    return (
      <span className="tag live">
        <span className="dot" />
        Live
      </span>
    )
  }
  return view.isOpen ? (
    <span className="tag" title="Nothing has come for a minute. It may go on, or its sender may have died.">
      Not ended
    </span>
  ) : null
}

/** The figures of a trace. */
export function TraceFigures({ view }: { view: TraceView }) {
  const { tree, turns, info } = view
  const exchanges = turns.filter(({ number }) => number > 0)
  const wait = medianWaitOf(turns)
  const lengthMs = useTraceLength(view)
  const tokens = view.tokens ?? turns.reduce((sum, { turn }) => sum + (turn.tokens?.totalTokens ?? 0), 0)
  return (
    <div className="page-facts">
      {exchanges.length > 0 && (
        <span>
          Turns<b>{formatCount(exchanges.length)}</b>
        </span>
      )}
      {wait !== null && (
        <span>
          Voice to voice, median<b>{formatMs(wait)} ms</b>
        </span>
      )}
      {tokens > 0 && (
        <span className="minor">
          Tokens<b>{formatCount(tokens)}</b>
        </span>
      )}
      {view.cost !== null && (
        <span className="minor">
          Cost<b>{formatDollars(view.cost)}</b>
        </span>
      )}
      <span className="minor">
        Spans<b>{formatCount(tree.nodes.length)}</b>
      </span>
      <span>
        Duration
        <b>{view.isOpen ? formatClock(lengthMs) : formatDuration(info.executionDurationMs ?? tree.lastMs)}</b>
      </span>
      {tree.errorCount > 0 && (
        <span>
          Errors<b className="alert">{formatCount(tree.errorCount)}</b>
        </span>
      )}
    </div>
  )
}

/** Where a trace leads to: its scores by hand, and its run. */
export function TraceLinks({ view }: { view: TraceView }) {
  const { info, conversation } = view
  const hasExchanges = conversation?.turns.some(({ number }) => number > 0)
  return (
    <>
      {hasExchanges && !view.isOpen && (
        <Link
          to="/experiments/$experimentId/review"
          params={{ experimentId: info.experimentId }}
          search={{ unit: 'conversation', at: info.traceId }}
          className="button"
        >
          Score
        </Link>
      )}
      {view.runId && (
        <Link to="/runs/$runId" params={{ runId: view.runId }} className="button">
          Run
        </Link>
      )}
    </>
  )
}
