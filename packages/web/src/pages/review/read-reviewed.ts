import { spanFromJson } from '@voxtrace/protocol'
import { getTrace, listTraces } from '../../api/traces.ts'
import { quotedText } from '../../facade/filter-text.ts'
import { type TraceView, traceViewOf } from '../../facade/trace-view.ts'
import type { TurnView } from '../../facade/turn-view.ts'

/** A trace with the turns that are scored, or are heard before what is scored. */
export interface Reviewed {
  view: TraceView
  turns: TurnView[]
  /** Whether the turns stand in traces of their own, of which `view` is the first. */
  isSession: boolean
  /** Whether the session has more turns than anybody reads. */
  isCut: boolean
}

/** Turns of a session that are shown. */
const mostTraces = 100

/** A turn's trace, or the whole conversation: a trace, or the traces of a session where each is one turn. */
export async function readReviewed(
  traceId: string,
  unit: 'turn' | 'conversation',
  signal: AbortSignal,
): Promise<Reviewed> {
  const view = await readView(traceId, signal)
  const turns = view.turns
  if (unit === 'turn' || view.sessionId === null || !isOneTurn(view)) {
    return { view, turns, isSession: false, isCut: false }
  }
  const { traces, nextPageToken } = await listTraces(
    {
      experimentId: view.info.experimentId,
      filter: `metadata.\`mlflow.trace.session\` = ${quotedText(view.sessionId)}`,
      orderBy: 'timestamp_ms ASC',
      maxResults: mostTraces,
    },
    signal,
  )
  const views = await Promise.all(
    traces.map(({ info }) => (info.traceId === traceId ? view : readView(info.traceId, signal))),
  )
  return {
    view,
    turns: views
      .filter(isOneTurn)
      .flatMap(({ turns }) => turns)
      .map((turn, index) => ({ ...turn, number: index + 1 })),
    isSession: true,
    isCut: nextPageToken !== null,
  }
}

async function readView(traceId: string, signal: AbortSignal): Promise<TraceView> {
  const { info, spans } = await getTrace(traceId, signal)
  return traceViewOf(info, spans.map(spanFromJson))
}

function isOneTurn({ conversation, tree }: TraceView): boolean {
  return conversation?.turns.some(({ spanId }) => spanId === tree.roots[0]?.id) ?? false
}
