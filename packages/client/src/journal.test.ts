import { describe, expect, it } from 'vitest'
import { createClient } from './index.ts'
import { converse, expectWholeConversation, until, withServer } from './testing/with-server.ts'

const given = withServer()

describe('a journal', () => {
  it('delivers everything, in few requests, and leaves the disk empty', async () => {
    const client = given.newClient({ spillDirectory: given.directory, journal: true })
    const ids = converse(client)
    await client.flush()
    expectWholeConversation(given.server, ids)
    expect(client.stats()).toMatchObject({
      spillBytes: 0,
      queueItems: 0,
      delivered: { spans: 4, metrics: 3 },
    })
    expect(client.stats().spilledOperations).toBeGreaterThan(0)
    const before = given.server.received.length
    for (let index = 0; index < 200; index++) {
      client.startSpan({ name: 'span' }).end()
      if (index % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    }
    await client.flush()
    expect(given.server.spans.size).toBe(204)
    expect(given.server.received.length - before).toBeLessThan(60)
  })

  it('is on disk before it is sent', async () => {
    given.server.behave = () => ({ kind: 'silence' })
    const client = given.newClient({ spillDirectory: given.directory, journal: true, batchDelayMs: 60_000 })
    const ids = converse(client)
    await until(() => client.stats().queueItems === 0 && client.stats().spillBytes > 0)
    expect(given.server.received).toEqual([])
    given.server.behave = () => ({ kind: 'answer' })
    await client.shutdown()
    expectWholeConversation(given.server, ids)
  })

  it('goes on in memory when the disk refuses it', async () => {
    const client = given.newClient({ spillDirectory: '/proc/voxtrace', journal: true })
    const ids = converse(client)
    await client.flush()
    expectWholeConversation(given.server, ids)
  })

  it('needs a directory', () => {
    expect(() => createClient({ trackingUri: given.server.uri, journal: true })).toThrow('spillDirectory')
  })
})
