import type { SpanNode, SpanTree } from './span-tree.ts'

/**
 * The spans that the end of the trace waited for: from the end of each root backwards, always the child that ended
 * last before the moment reached, and so on within it. Shortening any other span would not have ended the trace
 * sooner.
 *
 * @param lengthMs where open spans end
 */
export function criticalPath(tree: SpanTree, lengthMs: number): Set<string> {
  const path = new Set<string>()
  const endOf = (node: SpanNode) => node.endMs ?? lengthMs
  const longest = tree.roots.toSorted((a, b) => endOf(b) - b.startMs - (endOf(a) - a.startMs))[0]
  const pending = longest ? [{ node: longest, untilMs: endOf(longest) }] : []
  for (let at = pending.pop(); at; at = pending.pop()) {
    path.add(at.node.id)
    let momentMs = at.untilMs
    for (const child of at.node.children.toSorted((a, b) => endOf(b) - endOf(a))) {
      if (endOf(child) > momentMs || child.startMs >= momentMs) continue
      pending.push({ node: child, untilMs: endOf(child) })
      momentMs = child.startMs
    }
  }
  return path
}

/** The part of a span's time in which none of its children ran, in milliseconds. */
export function selfTimeMs(node: SpanNode, lengthMs: number): number {
  const endMs = node.endMs ?? lengthMs
  let covered = 0
  let reachedMs = node.startMs
  for (const child of node.children) {
    const from = Math.max(child.startMs, reachedMs)
    const to = Math.min(child.endMs ?? lengthMs, endMs)
    if (to <= from) continue
    covered += to - from
    reachedMs = to
  }
  return Math.max(0, endMs - node.startMs - covered)
}
