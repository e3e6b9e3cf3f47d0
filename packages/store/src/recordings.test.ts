import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import type { RecordingKey } from './recording-parts.ts'
import { storeOfFile } from './testing.ts'

const { store, databaseUrl } = await storeOfFile()

const start = 1_800_000_000_123_456_789n
const newTraceId = () => `tr-${randomBytes(16).toString('hex')}`

async function begun(traceId = newTraceId()): Promise<RecordingKey> {
  const key = { traceId, recordingId: 'call' }
  await store.recordings.begin({
    ...key,
    contentType: 'audio/ogg',
    channels: ['user', 'agent'],
    startTimeUnixNano: start,
  })
  return key
}

const append = (key: RecordingKey, offset: number, bytes: Buffer, complete = false) =>
  store.recordings.append({ ...key, offset, bytes, complete })

async function stored(key: RecordingKey, from = 0, to = Number.MAX_SAFE_INTEGER): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of store.recordings.read(key, from, to)) pieces.push(piece)
  return Buffer.concat(pieces)
}

describe('a recording', () => {
  test('grows part by part and ends', async () => {
    const key = await begun()
    await append(key, 0, Buffer.from('first'))
    const grown = await append(key, 5, Buffer.from('second'))
    expect(grown).toMatchObject({ sizeBytes: 11, complete: false, startTimeUnixNano: start })
    expect(await append(key, 11, Buffer.alloc(0), true)).toMatchObject({ sizeBytes: 11, complete: true })
    expect(await stored(key)).toEqual(Buffer.from('firstsecond'))
  })

  test('doubles nothing when parts come twice, overlap, or come at the same time', async () => {
    const key = await begun()
    const sound = randomBytes(10_000)
    const parts = Array.from({ length: 10 }, (_, index) => sound.subarray(index * 1000, (index + 1) * 1000))
    for (const [index, part] of parts.entries()) {
      await Promise.all([1, 2, 3].map(() => append(key, index * 1000, part)))
    }
    await append(key, 500, sound.subarray(500, 9_500))
    await append(key, 0, sound, true)
    await append(key, 9_000, parts[9] ?? Buffer.alloc(0), true)
    expect(await stored(key)).toEqual(sound)
  })

  test('refuses a part that leaves a gap, and takes it after what was missing', async () => {
    const key = await begun()
    await append(key, 0, Buffer.from('abc'))
    await expect(append(key, 6, Buffer.from('ghi'))).rejects.toMatchObject({
      code: 'RESOURCE_CONFLICT',
      message: expect.stringContaining('from offset=3'),
    })
    await append(key, 3, Buffer.from('def'))
    await append(key, 6, Buffer.from('ghi'))
    expect(String(await stored(key))).toBe('abcdefghi')
  })

  test('refuses other bytes in the place of those stored, and more after its end', async () => {
    const key = await begun()
    await append(key, 0, Buffer.from('abc'), true)
    await expect(append(key, 1, Buffer.from('x'))).rejects.toMatchObject({ code: 'RESOURCE_CONFLICT' })
    await expect(append(key, 3, Buffer.from('d'))).rejects.toThrow(/is complete with 3 bytes/)
    expect(String(await stored(key))).toBe('abc')
  })

  test('gives any range of a large one', async () => {
    const key = await begun()
    const sound = randomBytes(5_000_000)
    await append(key, 0, sound.subarray(0, 1_234_567))
    await append(key, 1_234_567, sound.subarray(1_234_567))
    for (const [from, to] of [
      [0, 1],
      [262_143, 262_145],
      [1_234_566, 1_234_568],
      [1_000_000, 4_999_999],
      [4_999_999, 9_000_000],
      [5_000_000, 5_000_001],
    ] as const) {
      expect((await stored(key, from, to)).equals(sound.subarray(from, to))).toBe(true)
    }
  })

  test('begins once, and says so when it is begun as something else', async () => {
    const key = await begun()
    await Promise.all([begun(key.traceId), begun(key.traceId)])
    const again = (change: object) => store.recordings.begin({ ...key, contentType: 'audio/ogg', ...change })
    await expect(again({ contentType: 'audio/wav' })).rejects.toThrow(/begun with Content-Type audio\/ogg/)
    await expect(again({ startTimeUnixNano: 1n })).rejects.toThrow(/start 1800000000123456789/)
    await expect(again({ channels: ['mixed'] })).rejects.toThrow(/channels=user,agent/)
    expect(await again({})).toMatchObject({ channels: ['user', 'agent'] })
  })

  test('begins with its trace when its start is left out', async () => {
    const traceId = newTraceId()
    const recording = { traceId, recordingId: 'call', contentType: 'audio/wav', offsetMs: -1500 } as const
    await expect(store.recordings.begin(recording)).rejects.toThrow(/Give start_time_unix_nano/)
    await store.traces.start({ traceId, experimentId: '0', requestTimeMs: 1_800_000_000_000, state: 'OK' })
    expect(await store.recordings.begin(recording)).toMatchObject({
      startTimeUnixNano: 1_799_999_998_500_000_000n,
    })
  })

  test('may be corrected', async () => {
    const key = await begun()
    expect(await store.recordings.correct(key, { startTimeUnixNano: 5n })).toMatchObject({
      startTimeUnixNano: 5n,
      channels: ['user', 'agent'],
    })
    expect(await store.recordings.correct(key, { channels: ['agent', 'user'] })).toMatchObject({
      startTimeUnixNano: 5n,
      channels: ['agent', 'user'],
    })
  })

  test('goes with its trace, and what comes later for it is refused', async () => {
    const traceId = newTraceId()
    await store.traces.start({ traceId, experimentId: '0', requestTimeMs: 1, state: 'IN_PROGRESS' })
    const key = await begun(traceId)
    await append(key, 0, randomBytes(1000))
    const appends = Array.from({ length: 20 }, (_, index) => append(key, 1000 + index, Buffer.from([index])))
    await Promise.all([
      store.traces.delete({ experimentId: '0', traceIds: [traceId] }),
      Promise.allSettled(appends),
    ])
    await expect(append(key, 1000, Buffer.from('late'))).rejects.toMatchObject({
      code: 'RESOURCE_DOES_NOT_EXIST',
    })
    expect(await rowsOf(traceId)).toBe(0)
  })

  test('goes when its trace has not come for long, and no sooner', async () => {
    const long = 60_000
    const [alone, growing, withTrace] = [await begun(), await begun(), await begun()]
    for (const key of [alone, growing, withTrace]) await append(key, 0, randomBytes(1000))
    await store.traces.start({
      traceId: withTrace.traceId,
      experimentId: '0',
      requestTimeMs: 1,
      state: 'OK',
    })
    const past = Date.now() - 2 * long
    await change(`UPDATE recordings SET last_update_time_ms = $1 WHERE trace_id = ANY($2)`, [
      past,
      [alone.traceId, withTrace.traceId],
    ])
    expect(await store.recordings.deleteWithoutTrace(long)).toBe(1)
    expect(await rowsOf(alone.traceId)).toBe(0)
    expect(await rowsOf(growing.traceId)).toBeGreaterThan(0)
    expect(await rowsOf(withTrace.traceId)).toBeGreaterThan(0)
  })

  test('is deleted alone', async () => {
    const key = await begun()
    const other = { ...key, recordingId: 'other' }
    await store.recordings.begin({ ...other, contentType: 'audio/ogg', startTimeUnixNano: 1n })
    await append(key, 0, Buffer.from('abc'))
    await store.recordings.delete(key)
    await expect(store.recordings.delete(key)).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
    expect(await store.recordings.ofTrace(key.traceId)).toMatchObject([{ recordingId: 'other' }])
  })
})

async function change(statement: string, values: unknown[]): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query(statement, values)
  await client.end()
}

async function rowsOf(traceId: string): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  const { rows } = await client.query(
    `SELECT (SELECT count(*) FROM recordings WHERE trace_id = $1) + (SELECT count(*) FROM recording_parts WHERE trace_id = $1)
      + (SELECT count(*) FROM recording_envelopes WHERE trace_id = $1) AS n`,
    [traceId],
  )
  await client.end()
  return Number(rows[0].n)
}
