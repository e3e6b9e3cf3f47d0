import type { JsonObject, Span } from '@voxtrace/model'
import { describe, expect, test } from 'vitest'
import { testSpan } from './test-spans.ts'
import { storeOfFile } from './testing.ts'
import { largeTrace } from './trace-usage.ts'

const { store } = await storeOfFile()

test('the tokens of a large trace are right once the figures have settled, also while it grows', async () => {
  const root = testSpan()
  const calls = Array.from({ length: largeTrace + 600 }, () =>
    testSpan({
      traceId: root.traceId,
      parentSpanId: root.spanId,
      attributes: { 'gen_ai.usage.input_tokens': 2, 'gen_ai.usage.output_tokens': 1 },
    }),
  )
  const tokens = async () => {
    await store.dashboards.settle()
    const { metadata } = await store.traces.get(`tr-${root.traceId}`)
    return JSON.parse(metadata['mlflow.trace.tokenUsage'] ?? 'null')
  }
  await store.spans.record({ experimentId: '0', spans: [root] })
  for (const end of [largeTrace - 100, largeTrace + 200, calls.length]) {
    const sent = calls.slice(Math.max(0, end - 1_950), end)
    await store.spans.record({ experimentId: '0', spans: sent })
    expect(await tokens()).toEqual({ input_tokens: 2 * end, output_tokens: end, total_tokens: 3 * end })
  }
})

test.each([
  ['a few', 3],
  ['very many', 60],
])('a span of a large trace speaks for those below it, %s levels down', async (_name, levels) => {
  const usage = { 'gen_ai.usage.input_tokens': 5 }
  const root = testSpan({ attributes: usage })
  const below = [root]
  for (let level = 0; level < levels; level++)
    below.push(testSpan({ traceId: root.traceId, parentSpanId: below.at(-1)?.spanId ?? null }))
  const inner = testSpan({
    traceId: root.traceId,
    parentSpanId: below.at(-1)?.spanId ?? null,
    attributes: usage,
  })
  const others = Array.from({ length: largeTrace }, () =>
    testSpan({ traceId: root.traceId, parentSpanId: root.spanId }),
  )
  await store.spans.record({ experimentId: '0', spans: [...below, ...others] })
  await store.spans.record({ experimentId: '0', spans: [inner] })
  await store.dashboards.settle()
  const { metadata } = await store.traces.get(`tr-${root.traceId}`)
  expect(JSON.parse(metadata['mlflow.trace.tokenUsage'] ?? 'null').input_tokens).toBe(5)
})

describe('the cost of a trace', () => {
  const costOf = async (traceId: string) => {
    const { metadata } = await store.traces.get(`tr-${traceId}`)
    return JSON.parse(metadata['mlflow.trace.cost'] ?? 'null')
  }
  const call = (root: Span, attributes: JsonObject, change: Partial<Span> = {}) =>
    testSpan({ traceId: root.traceId, parentSpanId: root.spanId, attributes, ...change })

  test('is the sum of what its calls cost, in whatever words and however many parts they come', async () => {
    const root = testSpan()
    const openInference = call(root, { 'llm.cost.prompt': 0.25, 'llm.cost.completion': 0.5 })
    const mlflow = call(root, {
      'mlflow.llm.cost': '{"input_cost": 1, "output_cost": 2, "total_cost": 3}',
    })
    const genAi = call(root, { 'gen_ai.usage.cost': 0.25 })
    await store.spans.record({ experimentId: '0', spans: [openInference] })
    expect(await costOf(root.traceId)).toEqual({ input_cost: 0.25, output_cost: 0.5, total_cost: 0.75 })
    await store.spans.record({ experimentId: '0', spans: [mlflow, root] })
    await store.spans.record({ experimentId: '0', spans: [genAi, openInference] })
    expect(await costOf(root.traceId)).toEqual({ input_cost: 1.25, output_cost: 2.5, total_cost: 4 })
  })

  test('counts a parent that sums up its children once, in whichever order they come', async () => {
    const root = testSpan({ attributes: { 'llm.cost.total': 3 } })
    const agent = call(root, {})
    const calls = [call(agent, { 'llm.cost.total': 1 }), call(agent, { 'llm.cost.total': 2 })]
    await store.spans.record({ experimentId: '0', spans: calls })
    expect(await costOf(root.traceId)).toMatchObject({ total_cost: 3 })
    await store.spans.record({ experimentId: '0', spans: [agent, root] })
    expect(await costOf(root.traceId)).toMatchObject({ total_cost: 3 })
  })

  test('is what the client says, where it says any', async () => {
    const root = testSpan({ attributes: { 'llm.cost.total': 3, 'llm.token_count.total': 7 } })
    const told = '{"input_cost": 1.0, "output_cost": 1.0, "total_cost": 2.0}'
    await store.traces.start({
      traceId: `tr-${root.traceId}`,
      experimentId: '0',
      requestTimeMs: 1_800_000_000_000,
      state: 'OK',
      metadata: { 'mlflow.trace.cost': told },
    })
    await store.spans.record({ experimentId: '0', spans: [root] })
    const { metadata } = await store.traces.get(`tr-${root.traceId}`)
    expect(metadata['mlflow.trace.cost']).toBe(told)
    expect(JSON.parse(metadata['mlflow.trace.tokenUsage'] ?? 'null')).toMatchObject({ total_tokens: 7 })
  })

  test('is searched, ordered and listed by', async () => {
    const experimentId = await store.experiments.create({ name: 'costs' })
    const spans = [0.5, 0.0001, 12].map((total) => testSpan({ attributes: { 'llm.cost.total': total } }))
    await store.spans.record({ experimentId, spans: [...spans, testSpan()] })
    const found = async (query: { filter?: string; orderBy?: string[] }) => {
      const { items } = await store.summaries.list({
        experimentIds: [experimentId],
        maxResults: 10,
        ...query,
      })
      return items.map(({ totalCost }) => totalCost)
    }
    expect(await found({ filter: 'cost >= 0.5', orderBy: ['cost DESC'] })).toEqual([12, 0.5])
    expect(await found({ orderBy: ['cost ASC'] })).toEqual([0.0001, 0.5, 12, null])
  })

  test('leaves out what is no price', async () => {
    const root = testSpan()
    const strange = [-1, 1e300, 'free'].map((total) => call(root, { 'llm.cost.total': total }))
    await store.spans.record({ experimentId: '0', spans: [root, ...strange] })
    expect(await costOf(root.traceId)).toBeNull()
  })
})
