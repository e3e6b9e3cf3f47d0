import { type Span, withoutPayload } from '@voxtrace/model'
import { describe, expect, test } from 'vitest'
import { criticalPath, selfTimeMs } from './critical-path.ts'
import { buildSpanTree } from './span-tree.ts'

function span(spanId: string, parentSpanId: string | null, startMs: number, endMs: number | null): Span {
  return {
    traceId: '1'.repeat(32),
    spanId,
    parentSpanId,
    name: spanId,
    kind: 'INTERNAL',
    startTimeUnixNano: BigInt(startMs) * 1_000_000n,
    endTimeUnixNano: endMs === null ? null : BigInt(endMs) * 1_000_000n,
    status: { code: 'OK', message: '' },
    attributes: {},
    ...withoutPayload,
  }
}

const tree = buildSpanTree([
  span('root', null, 0, 100),
  span('first', 'root', 0, 40),
  span('beside', 'root', 5, 30),
  span('second', 'root', 45, 90),
  span('inner', 'second', 50, 70),
  span('overtime', 'root', 60, 120),
])

describe('the critical path', () => {
  test('is what the end waited for, level by level', () => {
    expect([...criticalPath(tree, 120)].sort()).toEqual(['first', 'inner', 'root', 'second'])
  })

  test('takes an open span to last until now', () => {
    const open = buildSpanTree([span('root', null, 0, null), span('late', 'root', 10, null)])
    expect([...criticalPath(open, 50)].sort()).toEqual(['late', 'root'])
  })

  test('does not mind a chain of 5,000 calls', () => {
    const chain = Array.from({ length: 5000 }, (_, at) =>
      span(`s${at}`, at === 0 ? null : `s${at - 1}`, 0, 100),
    )
    expect(criticalPath(buildSpanTree(chain), 100).size).toBe(5000)
  })
})

test('a span spends its own time where no child of it ran', () => {
  const node = tree.byId.get('root')
  expect(node && selfTimeMs(node, 120)).toBe(5)
  const leaf = tree.byId.get('inner')
  expect(leaf && selfTimeMs(leaf, 120)).toBe(20)
})
