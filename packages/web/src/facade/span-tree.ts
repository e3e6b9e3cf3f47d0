import { haveSameItems, type Span } from '@voxtrace/model'
import { type SpanKind, spanKindOf } from './span-kind.ts'

/** A span in its place, with times in milliseconds from the start of the trace. */
export interface SpanNode {
  span: Span
  id: string
  name: string
  kind: SpanKind
  depth: number
  parent: SpanNode | null
  children: SpanNode[]
  startMs: number
  /** Null while the span is open. */
  endMs: number | null
  isError: boolean
  /** Spans below this one. */
  descendantCount: number
  /** Errors below this one. */
  errorsBelow: number
}

export interface SpanTree {
  roots: SpanNode[]
  /** Every node, parents before children, siblings by start. */
  nodes: SpanNode[]
  byId: Map<string, SpanNode>
  /** Nanoseconds since the epoch of the earliest start. */
  originUnixNano: bigint
  /** The last moment that any span tells of, in milliseconds from the origin. */
  lastMs: number
  openCount: number
  errorCount: number
}

const nanosecondsPerMs = 1e6

/**
 * Puts spans in their tree. A span whose parent has not arrived stands as a root; of two records of one span the
 * later in the list stands; spans that call each other parent are cut at the first of them.
 *
 * @param before the tree of the same trace as it was: a node at and below which nothing has changed stays the same object
 */
export function buildSpanTree(spans: readonly Span[], before: SpanTree | null = null): SpanTree {
  const byId = new Map<string, SpanNode>()
  let originUnixNano: bigint | null = null
  for (const span of spans) {
    if (originUnixNano === null || span.startTimeUnixNano < originUnixNano)
      originUnixNano = span.startTimeUnixNano
  }
  const origin = originUnixNano ?? 0n
  for (const span of spans) byId.set(span.spanId, nodeOf(span, origin))
  const { roots, nodes } = attach(byId)
  place(nodes)
  if (before) keepNodes({ roots, nodes, byId }, before.byId)
  return {
    roots,
    nodes,
    byId,
    originUnixNano: origin,
    lastMs: nodes.reduce(
      (last, node) => Math.max(last, node.endMs ?? node.startMs, lastEventMs(node, origin)),
      0,
    ),
    openCount: nodes.reduce((count, node) => count + (node.endMs === null ? 1 : 0), 0),
    errorCount: nodes.reduce((count, node) => count + (node.isError ? 1 : 0), 0),
  }
}

function nodeOf(span: Span, origin: bigint): SpanNode {
  return {
    span,
    id: span.spanId,
    name: span.name,
    kind: 'other',
    depth: 0,
    parent: null,
    children: [],
    startMs: Number(span.startTimeUnixNano - origin) / nanosecondsPerMs,
    endMs: span.endTimeUnixNano === null ? null : Number(span.endTimeUnixNano - origin) / nanosecondsPerMs,
    isError: span.status.code === 'ERROR',
    descendantCount: 0,
    errorsBelow: 0,
  }
}

function lastEventMs(node: SpanNode, origin: bigint): number {
  const last = node.span.events.at(-1)
  return last ? Number(last.timeUnixNano - origin) / nanosecondsPerMs : 0
}

/** Links children to parents, and returns the roots with every node that they lead to, parents before children. */
function attach(byId: Map<string, SpanNode>): { roots: SpanNode[]; nodes: SpanNode[] } {
  const roots: SpanNode[] = []
  for (const node of byId.values()) {
    const parent = node.span.parentSpanId === null ? undefined : byId.get(node.span.parentSpanId)
    if (parent) {
      node.parent = parent
      parent.children.push(node)
    } else roots.push(node)
  }
  roots.sort(byStart)
  const nodes = depthFirst(roots)
  if (nodes.length === byId.size) return { roots, nodes }
  cutCircles(byId, roots, new Set(nodes))
  roots.sort(byStart)
  return { roots, nodes: depthFirst(roots) }
}

/** Takes the first of spans that call each other parent out of its circle, as a root. */
function cutCircles(byId: Map<string, SpanNode>, roots: SpanNode[], reached: Set<SpanNode>): void {
  for (const node of byId.values()) {
    if (reached.has(node)) continue
    node.parent?.children.splice(node.parent.children.indexOf(node), 1)
    node.parent = null
    roots.push(node)
    for (const below of depthFirst([node])) reached.add(below)
  }
}

/** Without recursion, so that a chain of ten thousand calls is no trouble. */
function depthFirst(roots: readonly SpanNode[]): SpanNode[] {
  const nodes: SpanNode[] = []
  const stack = [...roots].reverse()
  for (let node = stack.pop(); node; node = stack.pop()) {
    nodes.push(node)
    const { children } = node
    if (children.length > 1) children.sort(byStart)
    for (let index = children.length - 1; index >= 0; index--) {
      const child = children[index]
      if (child) stack.push(child)
    }
  }
  return nodes
}

/** What each node is told by its place. */
function place(nodes: readonly SpanNode[]): void {
  for (const node of nodes) {
    node.depth = node.parent ? node.parent.depth + 1 : 0
    node.kind = spanKindOf(node.span, node.children.length > 0)
  }
  for (let index = nodes.length - 1; index >= 0; index--) {
    const node = nodes[index]
    if (!node?.parent) continue
    node.parent.descendantCount += node.descendantCount + 1
    node.parent.errorsBelow += node.errorsBelow + (node.isError ? 1 : 0)
  }
}

/** Puts the nodes of before in the places of those that are no different. */
function keepNodes(
  { roots, nodes, byId }: Pick<SpanTree, 'roots' | 'nodes' | 'byId'>,
  before: ReadonlyMap<string, SpanNode>,
): void {
  const keptOf = (made: SpanNode) => byId.get(made.id) ?? made
  // Children come before their parents.
  for (let index = nodes.length - 1; index >= 0; index--) {
    const made = nodes[index]
    if (!made) continue
    made.children = made.children.map(keptOf)
    const known = before.get(made.id)
    const node = known && isSame(known, made) ? known : made
    for (const child of node.children) child.parent = node
    nodes[index] = node
    byId.set(node.id, node)
  }
  for (const [index, made] of roots.entries()) {
    const root = keptOf(made)
    root.parent = null
    roots[index] = root
  }
}

function isSame(known: SpanNode, made: SpanNode): boolean {
  return (
    known.span === made.span &&
    known.startMs === made.startMs &&
    known.depth === made.depth &&
    known.kind === made.kind &&
    haveSameItems(known.children, made.children)
  )
}

function byStart(a: SpanNode, b: SpanNode): number {
  return a.startMs - b.startMs || (a.id < b.id ? -1 : 1)
}

/** The rows that show when the spans in `folded` hide what is below them, of all or of those in `only`. */
export function visibleNodes(
  tree: SpanTree,
  folded: ReadonlySet<string>,
  only: ReadonlySet<string> | null = null,
): SpanNode[] {
  const visible: SpanNode[] = []
  let hiddenBelow = Number.POSITIVE_INFINITY
  for (const node of tree.nodes) {
    if (only ? !only.has(node.id) : node.depth > hiddenBelow) continue
    hiddenBelow = folded.has(node.id) && node.children.length > 0 ? node.depth : Number.POSITIVE_INFINITY
    visible.push(node)
  }
  return visible
}

/** The errors, with the spans that they stand in; whatever is folded, these show. */
export function errorNodes(tree: SpanTree): Set<string> {
  const ids = new Set<string>()
  for (const node of tree.nodes) if (node.isError || node.errorsBelow > 0) ids.add(node.id)
  return ids
}

/** The spans from the root down to the span's parent. */
export function ancestorsOf(node: SpanNode): SpanNode[] {
  const ancestors: SpanNode[] = []
  for (let at = node.parent; at; at = at.parent) ancestors.unshift(at)
  return ancestors
}
