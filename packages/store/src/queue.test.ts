import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Store } from './store.ts'
import { testSpan, testTurn } from './test-spans.ts'
import { createTestStore, takeFromKilled } from './testing.ts'

let store: Store
let databaseUrl: string
let close: () => Promise<void>
beforeEach(async () => {
  ;({ store, databaseUrl, close } = await createTestStore())
})
afterEach(() => close())

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

/** How many turns wait, as they were counted last: within a second of another count they are not counted anew. */
async function waiting(): Promise<number> {
  await takeFromKilled(databaseUrl)
  return (await store.queue.state()).turns.waiting
}

test('a turn of a call that goes on is judged before thousands that were uploaded or are judged once more', async () => {
  const uploaded = [callOf(4_000, 3_600), ...Array.from({ length: 1_200 }, () => callOf(1, 3_600))]
  await store.spans.record({ experimentId: '0', spans: uploaded.flatMap(({ spans }) => spans) })
  await expect.poll(waiting).toBe(5_200)

  // As many as one request takes, and then the others.
  const traceIds = uploaded.map(({ traceId }) => traceId).slice(1)
  for (const part of [traceIds.slice(0, 1_000), traceIds.slice(1_000)])
    await store.queue.enqueueAgain(await store.reviews.endedTurns(part))
  await expect.poll(waiting).toBe(5_200)

  const live = callOf(1, 0)
  await store.spans.record({ experimentId: '0', spans: live.spans })
  const delivered: { spanId: string; again?: boolean }[] = []
  const worker = await store.queue.workTurns(
    async ({ spanId, again }) => {
      delivered.push({ spanId, ...(again === true && { again }) })
    },
    { concurrency: 1 },
  )
  await expect.poll(() => delivered.length).toBeGreaterThan(2)
  await worker.stop()
  expect(delivered[0]).toEqual({ spanId: live.turns[0]?.spanId })
  expect(delivered.slice(1).map(({ again }) => again)).not.toContain(true)
})

test('each turn that has ended is judged once, however often it is sent', async () => {
  const { turns, spans } = callOf(2, 0)
  await store.spans.record({
    experimentId: '0',
    spans: spans.map((span) => ({ ...span, endTimeUnixNano: null })),
  })
  for (const turn of [...turns, ...turns]) await store.spans.record({ experimentId: '0', spans: [turn] })
  await store.spans.record({ experimentId: '0', spans })
  const delivered: string[] = []
  const worker = await store.queue.workTurns(async ({ spanId }) => {
    delivered.push(spanId)
  })
  const once = turns.map(({ spanId }) => spanId).sort()
  await expect.poll(() => delivered.toSorted()).toEqual(once)
  await worker.stop()
  await worker.stop()
  expect(delivered.toSorted()).toEqual(once)
})

test('a turn is judged again when judging it fails', async () => {
  await store.spans.record({ experimentId: '0', spans: callOf(1, 0).spans })
  const attempts: number[] = []
  const worker = await store.queue.workTurns(async ({ retryCount }) => {
    attempts.push(retryCount)
    if (retryCount === 0) throw new Error('the model is away')
  })
  await expect.poll(() => attempts).toEqual([0, 1])
  await worker.stop()
})
