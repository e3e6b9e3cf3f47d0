import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startTrackingServer, type TrackingServer } from './testing.ts'

let server: TrackingServer

beforeEach(async () => {
  server = await startTrackingServer()
})
afterEach(() => server.stop())

async function exportSpan(traceId: string): Promise<void> {
  const span = {
    traceId,
    spanId: randomBytes(8).toString('hex'),
    name: 'work',
    startTimeUnixNano: '1800000000000000000',
    endTimeUnixNano: '1800000001000000000',
  }
  const answer = await server.post('/v1/traces', { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] })
  expect(answer.status).toBe(200)
}

interface Stream {
  /** What has come so far. */
  text(): string
  ended: Promise<void>
}

async function listen(traceId: string): Promise<Stream> {
  const answer = await server.get(`/api/voxtrace/live?trace_id=tr-${traceId}`)
  expect(answer.headers.get('content-type')).toMatch('text/event-stream')
  let text = ''
  const ended = (async () => {
    for await (const part of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) text += part
  })()
  return { text: () => text, ended }
}

const newTraceId = () => randomBytes(16).toString('hex')

describe('the stream of live events', () => {
  test('tells of changes as they are committed, only of those asked for, and ends when the server closes', async () => {
    const watched = newTraceId()
    const stream = await listen(watched)
    await exportSpan(newTraceId())
    await exportSpan(watched)
    await expect.poll(stream.text).toMatch(`event: trace\ndata: {"type":"trace","traceId":"tr-${watched}"`)
    await server.stop()
    await stream.ended
    for (const line of stream
      .text()
      .split('\n')
      .filter((one) => one.startsWith('data:')))
      expect(line).toContain(watched)
  })

  test('ends when the database was away, since changes may have been missed, and tells those that come next', async () => {
    const watched = newTraceId()
    const before = await listen(watched)
    await server.runStatement(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND query = 'LISTEN voxtrace_live'`,
    )
    await before.ended
    const after = await listen(watched)
    await exportSpan(watched)
    await expect.poll(after.text).toContain(watched)
  })
})
