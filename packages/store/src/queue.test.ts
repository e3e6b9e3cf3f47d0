import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Store } from './store.ts'
import { testSpan, testTurn } from './test-spans.ts'
import { createTestStore, takeFromKilled } from './testing.ts'

let store: Store
let databaseUrl: string
let close: () => Promise<void>
beforeAll(async () => {
  ;({ store, databaseUrl, close } = await createTestStore())
})
afterAll(() => close())

/** A call of as many turns that all ended so many seconds ago. */
function callOf(turnCount: number, secondsAgo: number) {
  const endTimeUnixNano = BigInt(Date.now() - secondsAgo * 1000) * 1_000_000n
  const time = { startTimeUnixNano: endTimeUnixNano - 1_000_000_000n, endTimeUnixNano }
  const root = testSpan({ name: 'conversation', ...time })
  const turns = Array.from({ length: turnCount }, (_, index) =>
    testTurn(root, { 'turn.number': index + 1 }, time),
  )
  return { traceId: `tr-${root.traceId}`, turns, spans: [root, ...turns] }
}

async function waiting(): Promise<number> {
  await takeFromKilled(databaseUrl)
  return (await store.queue.state()).turns.waiting
}

test('a turn of a call that goes on is judged before thousands that were uploaded or are judged once more', async () => {
  const uploaded = [callOf(4_000, 3_600), ...Array.from({ length: 1_200 }, () => callOf(1, 3_600))]
  await store.spans.record({ experimentId: '0', spans: uploaded.flatMap(({ spans }) => spans) })
  expect(await waiting()).toBe(5_200)

  // As many as one request takes, and then the others.
  const traceIds = uploaded.map(({ traceId }) => traceId).slice(1)
  for (const part of [traceIds.slice(0, 1_000), traceIds.slice(1_000)])
    await store.queue.enqueueAgain(await store.reviews.endedTurns(part))
  expect(await waiting()).toBe(5_200)

  const live = callOf(1, 0)
  await store.spans.record({ experimentId: '0', spans: live.spans })
  const delivered: { spanId: string; again?: boolean }[] = []
  const worker = await store.queue.workTurns(
    async ({ spanId, again }) => {
      delivered.push({ spanId, ...(again === true && { again }) })
    },
    { concurrency: 1 },
  )
  await expect.poll(() => delivered.length, { timeout: 20_000 }).toBeGreaterThan(2)
  await worker.stop()
  expect(delivered[0]).toEqual({ spanId: live.turns[0]?.spanId })
  expect(delivered.slice(1).map(({ again }) => again)).not.toContain(true)
})
