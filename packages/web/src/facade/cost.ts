import { modelCost } from '@voxtrace/model'
import type { SpanNode } from './span-tree.ts'

/**
 * What the calls of models at and below a span cost, in US dollars; null where none tells. A span that sums up those
 * below it, such as an agent's, is counted and they are not.
 */
export function costOf(node: SpanNode): number | null {
  const own = modelCost(node.span)?.total ?? null
  if (own !== null) return own
  return sumOfCosts(node.children)
}

export function sumOfCosts(nodes: readonly SpanNode[]): number | null {
  return nodes.reduce<number | null>((sum, node) => {
    const cost = costOf(node)
    return cost === null ? sum : (sum ?? 0) + cost
  }, null)
}
