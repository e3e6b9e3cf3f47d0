import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Store } from './store.ts'
import { testSpan } from './test-spans.ts'
import { createTestStore } from './testing.ts'
import { largeTrace } from './token-usage.ts'

let store: Store
let close: () => Promise<void>
beforeAll(async () => {
  ;({ store, close } = await createTestStore())
})
afterAll(() => close())

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
