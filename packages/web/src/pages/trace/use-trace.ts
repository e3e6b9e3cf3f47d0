import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { coalesce } from '../../api/coalesce.ts'
import { listenLive } from '../../api/live.ts'
import { getTrace } from '../../api/traces.ts'
import { type TraceView, traceViewOf } from '../../facade/trace-view.ts'
import { connectionStore } from '../../store/connection.ts'

/** A live trace is read again at most this often, in milliseconds. */
const refreshEveryMs = 400

/** A trace, and what becomes of it while the page is open. */
export function useTrace(traceId: string) {
  const client = useQueryClient()
  const queryKey = ['trace', traceId]
  const query = useQuery({
    queryKey,
    queryFn: async ({ signal }): Promise<TraceView> => traceViewOf(await getTrace(traceId, signal)),
    structuralSharing: false,
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key follows from the id
  useEffect(() => {
    const refresh = coalesce(() => client.refetchQueries({ queryKey }), refreshEveryMs)
    const stop = listenLive(
      { traceId },
      {
        onEvent: (event) => {
          if ((event.type === 'trace' || event.type === 'assessment') && event.traceId === traceId)
            refresh.request()
        },
        onResume: () => refresh.request(),
        onState: (state) => connectionStore.report(state),
      },
    )
    return () => {
      stop()
      refresh.stop()
    }
  }, [client, traceId])
  return query
}

/** How long after its last sign of life an open span is still drawn as growing, in milliseconds. */
const growsForMs = 60_000
const stepMs = 250

/**
 * The trace's length so far, in milliseconds: while spans are open and the trace was lately alive, its end is now.
 * With reduced motion it steps once a second.
 */
export function useTraceLength(view: TraceView | undefined): number {
  const [nowMs, setNowMs] = useState(Date.now)
  const lastMs = view?.tree.lastMs ?? 0
  const originMs = view ? Number(view.tree.originUnixNano / 1_000_000n) : 0
  const isGrowing = view?.isOpen && nowMs < originMs + lastMs + growsForMs
  useEffect(() => {
    if (!isGrowing) return
    const reduced = matchMedia('(prefers-reduced-motion: reduce)').matches
    const timer = setInterval(() => setNowMs(Date.now()), reduced ? 1000 : stepMs)
    return () => clearInterval(timer)
  }, [isGrowing])
  return isGrowing ? Math.max(lastMs, nowMs - originMs) : Math.max(lastMs, 0.001)
}
