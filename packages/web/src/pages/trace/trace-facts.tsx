import { Link } from '@tanstack/react-router'
import type { TraceView } from '../../facade/trace-view.ts'
import { medianWaitOf, turnViewsOf } from '../../facade/turn-view.ts'
import { formatCount, formatDollars, formatDuration, formatMs } from '../../format/time.ts'

/** The figures of a trace, in its header. */
export function TraceFacts({ view }: { view: TraceView }) {
  const turns = turnViewsOf(view)
  const exchanges = turns.filter(({ number }) => number > 0)
  const wait = medianWaitOf(turns)
  const tokens = turns.reduce((sum, { turn }) => sum + (turn.tokens?.totalTokens ?? 0), 0)
  const { tree, info } = view
  return (
    <>
      {view.isOpen && (
        <span className="tag live">
          <span className="dot" />
          Live
        </span>
      )}
      <div className="page-facts wide-only">
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
          Duration<b>{formatDuration(info.executionDurationMs ?? tree.lastMs)}</b>
        </span>
        {tree.errorCount > 0 && (
          <span>
            Errors<b className="alert">{formatCount(tree.errorCount)}</b>
          </span>
        )}
      </div>
      {exchanges.length > 0 && !view.isOpen && (
        <Link
          to="/experiments/$experimentId/review"
          params={{ experimentId: info.experimentId }}
          search={{ unit: 'conversation', at: info.traceId }}
          className="button wide-only"
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
