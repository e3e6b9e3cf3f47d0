import type { Span } from './span.ts'

/** The spans of one trace, each once, with their children in the order in which they started. */
export interface SpanTree {
  spans: Map<string, Span>
  /** By the parent's id, whether the parent has arrived or not. */
  children: Map<string, Span[]>
}

/**
 * Indexes spans in any order. Of two records of one span an ended one wins over an open one; otherwise the later in
 * the list wins.
 */
export function spanTree(records: readonly Span[]): SpanTree {
  const spans = new Map<string, Span>()
  for (const span of records) {
    const known = spans.get(span.spanId)
    const reopens = known !== undefined && known.endTimeUnixNano !== null && span.endTimeUnixNano === null
    if (!reopens) spans.set(span.spanId, span)
  }
  const children = new Map<string, Span[]>()
  for (const span of spans.values()) {
    if (span.parentSpanId === null) continue
    const siblings = children.get(span.parentSpanId)
    if (siblings === undefined) children.set(span.parentSpanId, [span])
    else siblings.push(span)
  }
  for (const siblings of children.values()) siblings.sort(byStart)
  return { spans, children }
}

export function byStart(one: Span, other: Span): number {
  if (one.startTimeUnixNano < other.startTimeUnixNano) return -1
  return one.startTimeUnixNano > other.startTimeUnixNano ? 1 : 0
}

/** Everything below a span that has arrived or not, parents before children, stopping at spans that `stop` names. */
export function descendants(tree: SpanTree, spanId: string, stop: (span: Span) => boolean): Span[] {
  const found: Span[] = []
  const visited = new Set([spanId])
  const waiting = [...(tree.children.get(spanId) ?? [])].reverse()
  for (let span = waiting.pop(); span !== undefined; span = waiting.pop()) {
    if (visited.has(span.spanId) || stop(span)) continue
    visited.add(span.spanId)
    found.push(span)
    const below = tree.children.get(span.spanId) ?? []
    for (let index = below.length - 1; index >= 0; index--) {
      const child = below[index]
      if (child !== undefined) waiting.push(child)
    }
  }
  return found
}
