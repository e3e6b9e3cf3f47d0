import { useQuery } from '@tanstack/react-query'
import type { Span } from '@voxtrace/model'
import { spanFromJson } from '@voxtrace/protocol'
import { useEffect, useMemo, useState } from 'react'
import { findInTrace, getSpan } from '../../api/traces.ts'
import type { SpanNode } from '../../facade/span-tree.ts'
import type { TraceView } from '../../facade/trace-view.ts'
import { useStore } from '../../store/observable.ts'
import { TraceFeed } from './trace-feed.ts'

/** A trace, and what becomes of it while the page is open. */
export function useTrace(traceId: string) {
  const feed = useMemo(() => new TraceFeed(traceId), [traceId])
  useEffect(() => feed.start(), [feed])
  return { ...useStore(feed), reload: feed.load }
}

/** A span with its payload, which is read now when the trace came without. */
export function useWholeSpan(view: TraceView, node: SpanNode): { span: Span | null; error: unknown } {
  const { traceId } = view.info
  const { data, error } = useQuery({
    queryKey: ['span', traceId, node.id, node.endMs],
    queryFn: async ({ signal }) => spanFromJson(await getSpan(traceId, node.id, signal)),
    enabled: view.isOutline,
    staleTime: Number.POSITIVE_INFINITY,
    structuralSharing: false,
  })
  return view.isOutline ? { span: data ?? null, error } : { span: node.span, error: null }
}

/** Searching begins when typing pauses for this long, in milliseconds. */
const pauseMs = 200

/** The spans that hold a text: at once those whose names do, then those that hold it anywhere. */
export function useMatches(view: TraceView, text: string): SpanNode[] {
  const [settled, setSettled] = useState('')
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text.trim()), pauseMs)
    return () => clearTimeout(timer)
  }, [text])
  const { traceId } = view.info
  const { data } = useQuery({
    queryKey: ['matches', traceId, settled, view.tree.nodes.length],
    queryFn: ({ signal }) => findInTrace(traceId, settled, signal),
    enabled: settled !== '' && settled === text.trim(),
  })
  return useMemo(() => {
    const wanted = text.trim().toLowerCase()
    if (wanted === '') return []
    const found = new Set(settled === text.trim() ? data : [])
    return view.tree.nodes.filter(({ id, name }) => found.has(id) || name.toLowerCase().includes(wanted))
  }, [view, text, settled, data])
}

/** How long after its last sign of life an open span is still drawn as growing, in milliseconds. */
const growsForMs = 60_000
const stepMs = { least: 250, most: 1000 }
/** On a screen as wide as this, in pixels, a step of a whole trace is seen. */
const widestAxis = 2000

/** Whether spans are open and the trace was lately alive. */
export function useIsLive(view: TraceView): boolean {
  const [nowMs, setNowMs] = useState(Date.now)
  const untilMs = Number(view.tree.originUnixNano / 1_000_000n) + view.tree.lastMs + growsForMs
  const isLive = view.isOpen && nowMs < untilMs
  useEffect(() => {
    if (!isLive) return
    const timer = setTimeout(() => setNowMs(Date.now()), untilMs - Date.now() + 1)
    return () => clearTimeout(timer)
  }, [isLive, untilMs])
  return isLive
}

/**
 * The trace's length so far, in milliseconds: while spans are open and the trace was lately alive, its end is now.
 * With reduced motion, and where it is long, it steps once a second.
 */
export function useTraceLength(view: TraceView | undefined): number {
  const [nowMs, setNowMs] = useState(Date.now)
  const lastMs = view?.tree.lastMs ?? 0
  const originMs = view ? Number(view.tree.originUnixNano / 1_000_000n) : 0
  const isGrowing = view?.isOpen && nowMs < originMs + lastMs + growsForMs
  const seenMs = Math.min(stepMs.most, Math.max(stepMs.least, Math.ceil(lastMs / widestAxis)))
  useEffect(() => {
    if (!isGrowing) return
    const reduced = matchMedia('(prefers-reduced-motion: reduce)').matches
    const timer = setInterval(() => setNowMs(Date.now()), reduced ? stepMs.most : seenMs)
    return () => clearInterval(timer)
  }, [isGrowing, seenMs])
  return isGrowing ? Math.max(lastMs, nowMs - originMs) : Math.max(lastMs, 0.001)
}
