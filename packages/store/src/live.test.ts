import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openStore, type Store } from './store.ts'
import { testSpan } from './test-spans.ts'
import { createTestDatabase, silentLog, type TestDatabase } from './testing.ts'

let database: TestDatabase
let here: Store
let elsewhere: Store

beforeAll(async () => {
  database = await createTestDatabase()
  const { databaseUrl } = database
  here = await openStore({ databaseUrl, log: silentLog })
  elsewhere = await openStore({ databaseUrl, log: silentLog })
})
afterAll(async () => {
  await here.close()
  await elsewhere.close()
  await database.drop()
})

describe('live events', () => {
  test('tell every process of a committed change, and each when it hears them and when it does not', async () => {
    const heard: string[] = []
    const stop = here.live.subscribe({
      onEvent: (event) => event.type === 'trace' && heard.push(`${event.change} ${event.traceId}`),
      onListening: (isListening) => heard.push(isListening ? 'listening' : 'deaf'),
    })
    const record = async () => {
      const span = testSpan()
      await elsewhere.spans.record({ experimentId: '0', spans: [span] })
      return `created tr-${span.traceId}`
    }
    await expect.poll(() => heard).toEqual(['listening'])
    const first = await record()
    await expect.poll(() => heard).toEqual(['listening', first])

    await database.run(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND query LIKE 'LISTEN %'`,
    )
    await expect.poll(() => heard).toEqual(['listening', first, 'deaf', 'listening'])
    const second = await record()
    await expect.poll(() => heard.at(-1)).toBe(second)

    const late: boolean[] = []
    here.live.subscribe({ onEvent() {}, onListening: (isListening) => late.push(isListening) })
    expect(late).toEqual([true])
    stop()
  })
})
