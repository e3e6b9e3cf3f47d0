import type { Span } from '@voxtrace/model'
import { expect, test } from 'vitest'
import { sumOfCosts } from './cost.ts'
import { spanOfOutline } from './outline-span.ts'
import { buildSpanTree } from './span-tree.ts'

const span = (spanId: string, parentSpanId: string | null, cost?: number): Span => ({
  ...spanOfOutline('t', {
    spanId,
    parentSpanId,
    name: spanId,
    kind: 'INTERNAL',
    type: 'LLM',
    startTimeUnixNano: '1',
    endTimeUnixNano: '2',
    status: { code: 'OK', message: '' },
    model: null,
    provider: null,
    inputTokens: null,
    outputTokens: null,
    totalTokens: null,
    totalCost: null,
    isTurn: false,
  }),
  attributes: cost === undefined ? {} : { 'gen_ai.usage.cost': cost },
})

test('sums up the calls of models, and takes the word of a span that sums up those below it', () => {
  const { roots } = buildSpanTree([
    span('turn', null),
    span('first', 'turn', 0.25),
    span('agent', 'turn', 0.5),
    span('call', 'agent', 0.4),
  ])
  expect(sumOfCosts(roots)).toBe(0.75)
})

test('tells a cost of nothing from no cost told', () => {
  expect(sumOfCosts(buildSpanTree([span('call', null, 0)]).roots)).toBe(0)
  expect(sumOfCosts(buildSpanTree([span('call', null)]).roots)).toBeNull()
})
