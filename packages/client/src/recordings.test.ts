import { randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { attachRecording, RecordingUpload } from './recordings.ts'

/** Keeps what it is sent as the tracking server does; `trouble` answers in its place. */
let stored = Buffer.alloc(0)
let complete = false
let requests: URL[] = []
let trouble: () => number | 'cut' | 'lost answer' | null = () => null
let server: Server
let trackingUri: string

beforeEach(async () => {
  stored = Buffer.alloc(0)
  complete = false
  requests = []
  trouble = () => null
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost')
    const pieces: Buffer[] = []
    request.on('data', (piece) => pieces.push(piece))
    request.on('end', () => {
      requests.push(url)
      const now = trouble()
      if (now === 'cut') return request.socket.destroy()
      if (typeof now === 'number') return response.writeHead(now).end('{"message": "not now"}')
      const offset = Number(url.searchParams.get('offset'))
      const bytes = Buffer.concat(pieces)
      if (offset > stored.length) return response.writeHead(409).end()
      stored = Buffer.concat([stored, bytes.subarray(stored.length - offset)])
      complete ||= url.searchParams.get('complete') === 'true'
      if (now === 'lost answer') return request.socket.destroy()
      return response.writeHead(200).end('{}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  trackingUri = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

const options = () =>
  ({
    trackingUri,
    traceId: `tr-${'a'.repeat(32)}`,
    contentType: 'audio/ogg',
    channels: ['user', 'agent'],
    startTimeNs: 1_800_000_000_123_456_789n,
    maxBackoffMs: 200,
  }) as const

describe('a recording that grows', () => {
  test('is sent in order and completed, its facts with the first bytes', async () => {
    const upload = new RecordingUpload(options())
    const parts = Array.from({ length: 20 }, () => randomBytes(1000))
    for (const part of parts) upload.append(part)
    expect(await upload.end()).toEqual({ deliveredBytes: 20_000, lostBytes: 0, problem: null })
    expect(stored.equals(Buffer.concat(parts))).toBe(true)
    expect(complete).toBe(true)
    expect(requests[0]?.pathname).toBe(`/api/voxtrace/traces/tr-${'a'.repeat(32)}/recordings/call/chunks`)
    expect(Object.fromEntries(requests[0]?.searchParams ?? [])).toMatchObject({
      start_time_unix_nano: '1800000000123456789',
      channels: 'user,agent',
    })
  })

  test('arrives once through refusals, cut connections and lost answers', async () => {
    let turn = 0
    const troubles = [503, 'cut', 'lost answer', 429, null, 'lost answer', 500] as const
    trouble = () => troubles[turn++] ?? null
    const upload = new RecordingUpload(options())
    const parts = Array.from({ length: 6 }, () => randomBytes(200_000))
    for (const part of parts) upload.append(part)
    expect(await upload.end({ deadlineMs: 30_000 })).toMatchObject({ lostBytes: 0, problem: null })
    expect(stored.equals(Buffer.concat(parts))).toBe(true)
  })

  test('stops when its trace has been deleted, and says so once', async () => {
    const told: string[] = []
    const log = { debug() {}, info() {}, error() {}, warn: (message: string) => told.push(message) }
    const upload = new RecordingUpload({ ...options(), log })
    trouble = () => 404
    upload.append(Buffer.from('abc'))
    const outcome = await upload.end()
    upload.append(Buffer.from('def'))
    expect(outcome.problem).toMatch(/404: .*not now/)
    expect(upload.outcome().lostBytes).toBe(6)
    expect([requests.length, told]).toEqual([1, ['a recording stopped before its end']])
  })

  test('leaves out whole what finds its queue full, and counts it', async () => {
    trouble = () => 503
    const upload = new RecordingUpload({ ...options(), maxQueueBytes: 250 })
    const parts = Array.from({ length: 4 }, () => randomBytes(100))
    for (const part of parts) upload.append(part)
    trouble = () => null
    expect(await upload.end()).toEqual({ deliveredBytes: 200, lostBytes: 200, problem: null })
    expect(stored.equals(Buffer.concat(parts.slice(0, 2)))).toBe(true)
  })

  test('gives up after its deadline and tells what it lost', async () => {
    trouble = () => 503
    const upload = new RecordingUpload(options())
    upload.append(Buffer.from('abc'))
    expect(await upload.end({ deadlineMs: 50 })).toMatchObject({ deliveredBytes: 0, lostBytes: 3 })
  })

  test('of nothing sends nothing', async () => {
    expect(await new RecordingUpload(options()).end()).toEqual({
      deliveredBytes: 0,
      lostBytes: 0,
      problem: null,
    })
    expect(requests).toEqual([])
  })
})

test('a file is attached whole', async () => {
  const bytes = randomBytes(1_000_000)
  expect(await attachRecording({ ...options(), bytes })).toEqual({
    deliveredBytes: 1_000_000,
    lostBytes: 0,
    problem: null,
  })
  expect(stored.equals(bytes)).toBe(true)
  expect(complete).toBe(true)
})
