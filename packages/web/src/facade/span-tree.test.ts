import { type Span, withoutPayload } from '@voxtrace/model'
import { describe, expect, it } from 'vitest'
import { buildSpanTree, visibleNodes } from './span-tree.ts'

function span(
  spanId: string,
  parentSpanId: string | null,
  startMs: number,
  endMs: number | null,
  failed = false,
): Span {
  return {
    traceId: '0'.repeat(32),
    spanId,
    parentSpanId,
    name: spanId,
    kind: 'INTERNAL',
    startTimeUnixNano: BigInt(startMs) * 1_000_000n,
    endTimeUnixNano: endMs === null ? null : BigInt(endMs) * 1_000_000n,
    status: { code: failed ? 'ERROR' : 'OK', message: '' },
    attributes: {},
    ...withoutPayload,
  }
}

const names = (spans: Span[]) =>
  buildSpanTree(spans).nodes.map(({ id, depth }) => `${'  '.repeat(depth)}${id}`)

describe('buildSpanTree', () => {
  it('puts parents before children and siblings by start, whatever the order of arrival', () => {
    const spans = [
      span('c', 'a', 30, 40),
      span('b', 'a', 10, 20),
      span('a', null, 0, 50),
      span('d', 'b', 12, 14),
    ]
    expect(names(spans)).toEqual(['a', '  b', '    d', '  c'])
  })

  it('keeps the nodes of before at and below which nothing has changed', () => {
    const spans = [
      span('a', null, 0, 50),
      span('b', 'a', 10, 20),
      span('c', 'a', 30, 40),
      span('d', 'c', 31, 32),
    ]
    const before = buildSpanTree(spans)
    const after = buildSpanTree([...spans, span('e', 'b', 12, 13)], before)
    const isKept = (id: string) => after.byId.get(id) === before.byId.get(id)
    expect(['a', 'b', 'c', 'd'].map(isKept)).toEqual([false, false, true, true])
    expect(after.nodes.map(({ id }) => id)).toEqual(['a', 'b', 'e', 'c', 'd'])
    expect(after.nodes.map(({ parent }) => parent)).toEqual([
      null,
      ...['a', 'b', 'a', 'c'].map((id) => after.byId.get(id)),
    ])
    expect(after.nodes.every((node) => after.byId.get(node.id) === node)).toBe(true)
  })

  it('stands a span whose parent has not arrived as a root', () => {
    expect(names([span('late', 'nowhere', 5, 6), span('a', null, 0, 9)])).toEqual(['a', 'late'])
  })

  it('keeps every span of a circle of parents', () => {
    expect(names([span('a', 'b', 0, 1), span('b', 'a', 0, 1), span('c', 'c', 2, 3)])).toHaveLength(3)
  })

  it('counts times from the earliest start, however far back that lies', () => {
    const tree = buildSpanTree([span('b', 'a', 1_000, null), span('a', null, 400, 1_600)])
    expect(tree.byId.get('b')).toMatchObject({ startMs: 600, endMs: null })
    expect(tree.lastMs).toBe(1_200)
    expect(tree.openCount).toBe(1)
  })

  it('tells of errors and spans below a span', () => {
    const tree = buildSpanTree([
      span('a', null, 0, 9),
      span('b', 'a', 1, 8),
      span('c', 'b', 2, 3, true),
      span('d', 'b', 4, 5, true),
    ])
    expect(tree.errorCount).toBe(2)
    expect(tree.byId.get('a')).toMatchObject({ descendantCount: 3, errorsBelow: 2, isError: false })
  })

  it('holds a chain of twenty thousand spans', () => {
    const chain = Array.from({ length: 20_000 }, (_, index) =>
      span(`s${index}`, index === 0 ? null : `s${index - 1}`, index, null),
    )
    expect(buildSpanTree(chain).nodes.at(-1)).toMatchObject({ id: 's19999', depth: 19_999 })
  })

  it('is empty for a trace without spans', () => {
    expect(buildSpanTree([])).toMatchObject({ roots: [], nodes: [], lastMs: 0 })
  })
})

describe('visibleNodes', () => {
  const tree = buildSpanTree([
    span('a', null, 0, 9),
    span('b', 'a', 1, 4),
    span('c', 'b', 2, 3),
    span('d', 'a', 5, 6),
  ])

  it('hides what is below a folded span and nothing else', () => {
    expect(visibleNodes(tree, new Set(['b'])).map(({ id }) => id)).toEqual(['a', 'b', 'd'])
  })

  it('hides all of a tree whose root is folded, its own folds notwithstanding', () => {
    expect(visibleNodes(tree, new Set(['a', 'b'])).map(({ id }) => id)).toEqual(['a'])
  })
})
