import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { WaveformJson } from '@voxtrace/protocol'
import { silentLog } from '@voxtrace/store/testing'
import { describe, expect, test, vi } from 'vitest'
import { jsonFrom, newPath, recordingRequests } from './recordings.test.support.ts'
import { startServer } from './server.ts'
import { oggPages, opusPackets, twoVoices, wavFile, webmFile } from './sound/test-sound.ts'

const { server, ask, put, chunk, bytesOf } = recordingRequests()

/** The sound of one channel after another. */
const joined = (all: Float32Array[], next: Float32Array[]): Float32Array[] =>
  all.map((channel, index) => Float32Array.from([...channel, ...(next[index] ?? [])]))

describe('WebM without an index', () => {
  const file = webmFile(opusPackets(Array.from({ length: 5 }, () => twoVoices(48_000)).reduce(joined)), 2)
  const begin = 'offset=0&start_time_unix_nano=1800000000000000000&channels=user,agent'
  const clusterAt = (number: number) => {
    let at = -1
    for (let found = 0; found <= number; found++) at = file.indexOf(Buffer.from('1f43b675', 'hex'), at + 1)
    return at
  }
  const drawn = (path: string) =>
    vi.waitFor(
      async () => {
        expect((await jsonFrom(await ask(`${path}/waveform`))).upToDate).toBe(true)
        return jsonFrom(await ask(path))
      },
      { timeout: 60_000, interval: 50 },
    )
  /** Where the cues of a file say that a cluster is, and whether one is there, by the time of each in milliseconds. */
  const placesOf = (bytes: Buffer) => {
    const segment = bytes.indexOf(Buffer.from('18538067', 'hex')) + 12
    const places: [number, number][] = []
    const cueTime = Buffer.from('b310000006', 'hex')
    for (let at = bytes.indexOf(cueTime); at >= 0; at = bytes.indexOf(cueTime, at + 1)) {
      places.push([bytes.readUIntBE(at + 5, 6), segment + bytes.readUIntBE(at + 32, 6)])
    }
    return places
  }

  test('is given one ahead of its clusters to whoever asks for it, and its bytes as they were to others', async () => {
    const path = newPath()
    await put(path, new Uint8Array(file), 'audio/webm', 'start_time_unix_nano=1&channels=user,agent')
    expect(await drawn(path)).toMatchObject({ cues: 5, sizeBytes: file.length })
    expect((await bytesOf(path)).bytes.equals(file)).toBe(true)
    const indexed = Buffer.from(await (await ask(`${path}/audio?cues=5`)).arrayBuffer())
    const head = indexed.length - (file.length - clusterAt(0))
    expect(indexed.subarray(head).equals(file.subarray(clusterAt(0)))).toBe(true)
    expect(indexed.subarray(0, head).includes('OpusHead')).toBe(true)
    expect(placesOf(indexed)).toEqual(
      [0, 5, 10, 15, 20].map((second) => [second * 1000, head + clusterAt(second) - clusterAt(0)]),
    )
    for (const [from, to] of [
      [0, 10],
      [head - 5, head + 5],
      [head, head + 20],
      [indexed.length - 9, indexed.length],
    ] as const) {
      const range = await ask(`${path}/audio?cues=5`, { headers: { range: `bytes=${from}-${to - 1}` } })
      expect(range.headers.get('content-range')).toBe(`bytes ${from}-${to - 1}/${indexed.length}`)
      expect(Buffer.from(await range.arrayBuffer()).equals(indexed.subarray(from, to))).toBe(true)
    }
  })

  test('is the same for one count of cues however it grows, and refused for more than there are', async () => {
    const path = newPath()
    const half = clusterAt(11) + 50
    const add = (query: string, bytes: Buffer) =>
      ask(`${path}/chunks?${query}`, {
        method: 'POST',
        body: new Uint8Array(bytes),
        headers: { 'content-type': 'audio/webm' },
      })
    await add(begin, file.subarray(0, half))
    expect((await drawn(path)).cues).toBe(3)
    const early = Buffer.from(await (await ask(`${path}/audio?cues=3`)).arrayBuffer())
    expect((await ask(`${path}/audio?cues=4`)).status).toBe(409)
    await add(`offset=${half}&complete=true`, file.subarray(half))
    expect((await drawn(path)).cues).toBe(5)
    const later = await ask(`${path}/audio?cues=3`)
    const tag = later.headers.get('etag')
    expect(
      Buffer.from(await later.arrayBuffer())
        .subarray(0, early.length)
        .equals(early),
    ).toBe(true)
    expect((await ask(`${path}/audio?cues=5`)).headers.get('etag')).not.toBe(tag)
    await ask(path, { method: 'PATCH', body: JSON.stringify({ channels: ['agent', 'user'] }) })
    expect((await ask(`${path}/audio?cues=5`)).status).toBe(409)
    expect((await drawn(path)).cues).toBe(5)
  })
})

describe('the waveform', () => {
  const voices = Buffer.concat(oggPages(opusPackets(twoVoices(48_000)), 2))
  const begin = 'offset=0&start_time_unix_nano=1800000000000000000&channels=user,agent'
  const read = async (path: string, query = ''): Promise<WaveformJson> => {
    const answer = await ask(`${path}/waveform?${query}`)
    expect(answer.status).toBe(200)
    return jsonFrom(answer)
  }
  const upToDate = (path: string, query = '') =>
    vi.waitFor(
      async () => {
        const waveform = await read(path, query)
        expect(waveform.upToDate).toBe(true)
        return waveform
      },
      { timeout: 60_000, interval: 50 },
    )
  const loudness = ({ data, channels }: WaveformJson, channel: number) => {
    const bytes = Buffer.from(data, 'base64')
    return Array.from({ length: bytes.length / 3 / channels.length }, (_, bucket) =>
      bytes.readUInt8((bucket * channels.length + channel) * 3 + 2),
    )
  }

  test('grows with the recording, tells its length, and is answered in any width', async () => {
    const path = newPath()
    await chunk(path, begin, new Uint8Array(voices.subarray(0, 9000)))
    const early = await upToDate(path)
    expect(early.readMs).toBeGreaterThan(100)
    await chunk(path, 'offset=9000&complete=true', new Uint8Array(voices.subarray(9000)))
    const fine = await upToDate(path)
    expect(fine).toMatchObject({ bucketMs: 10, firstBucket: 0, channels: ['user', 'agent'], problem: null })
    expect(fine.readMs).toBeGreaterThan(3900)
    expect((await jsonFrom(await ask(path))).durationMs).toBeGreaterThan(3990)
    expect(loudness(fine, 0).findIndex((rms) => rms > 30) * 10).toBeCloseTo(1000, -1.5)
    expect(loudness(fine, 1).findIndex((rms) => rms > 30) * 10).toBeCloseTo(2500, -1.5)
    const coarse = await read(path, 'bucket_ms=100&from_ms=950&to_ms=2050')
    expect([coarse.bucketMs, coarse.firstBucket, coarse.buckets]).toEqual([100, 9, 12])
    expect(loudness(coarse, 0).map((rms) => rms > 30)).toEqual([false, ...Array(10).fill(true), false])
  })

  test('and a clip are made of MP3 too, of the end of a long one as well', async () => {
    const path = newPath()
    const call = await readFile(new URL('sound/fixtures/two-voices-vbr.mp3', import.meta.url))
    const file = new Uint8Array(Buffer.concat(Array.from({ length: 40 }, () => call)))
    await put(path, file, 'audio/mpeg', 'start_time_unix_nano=1&channels=user,agent')
    const drawn = await upToDate(path)
    expect([drawn.problem, loudness(drawn, 0).findIndex((rms) => rms > 30) * 10]).toEqual([
      null,
      expect.closeTo(1000, -1.3),
    ])
    const last = loudness(drawn, 1).findLastIndex((rms) => rms > 30) * 10
    expect(last).toBeGreaterThan(150_000)
    const clip = await ask(`${path}/clip?from_ms=${last - 500}&to_ms=${last - 400}`)
    const samples = Buffer.from(await clip.arrayBuffer())
    const agent = Array.from({ length: 3200 }, (_, index) => samples.readInt16LE(44 + index * 4 + 2))
    expect(Math.max(...agent)).toBeGreaterThan(8000)
  })

  test('is drawn again when its channels are corrected', async () => {
    const path = newPath()
    await put(
      path,
      new Uint8Array(wavFile(twoVoices(8000).slice(0, 1), 8000)),
      'audio/wav',
      'start_time_unix_nano=1&channels=user,agent',
    )
    expect((await upToDate(path)).problem).toMatch(/has one channel, but 2 were named/)
    await ask(path, { method: 'PATCH', body: JSON.stringify({ channels: ['user'] }) })
    const corrected = await vi.waitFor(
      async () => {
        const waveform = await read(path)
        expect(waveform.buckets).toBe(400)
        return waveform
      },
      { timeout: 60_000, interval: 50 },
    )
    expect(corrected).toMatchObject({ channels: ['user'], problem: null })
  })

  test('is made once by two servers that read it at the same time', async () => {
    const path = newPath()
    await put(path, new Uint8Array(voices))
    const other = await startServer({
      host: '127.0.0.1',
      port: 0,
      databaseUrl: server().databaseUrl,
      artifactDirectory: join(server().directory, 'artifacts'),
      webDirectory: null,
      botUrl: null,
      version: '0.1.0',
      log: silentLog,
    })
    await Promise.all([upToDate(path), fetch(`${other.url}${path}/waveform`)])
    await other.close()
    expect((await upToDate(path)).buckets).toBe(401)
  })
})

describe('a clip', () => {
  test('is the stretch asked for, as a WAV file', async () => {
    const path = newPath()
    await put(path, new Uint8Array(wavFile(twoVoices(8000), 8000)), 'audio/wav')
    const clip = Buffer.from(await (await ask(`${path}/clip?from_ms=900&to_ms=1200`)).arrayBuffer())
    expect(clip.length).toBe(44 + 2400 * 4)
    const loud = (ms: number) => {
      const samples = Array.from({ length: 80 }, (_, index) =>
        Math.abs(clip.readInt16LE(44 + (ms * 8 + index) * 4)),
      )
      return Math.max(...samples) > 8000
    }
    expect([loud(0), loud(80), loud(110), loud(280)]).toEqual([false, false, true, true])
  })

  // Made before the server runs: this takes so long on a loaded machine that the server gives up connections meanwhile.
  const minute = Array.from({ length: 15 }, () => twoVoices(48_000)).reduce(joined)
  const pages = oggPages(opusPackets(minute), 2)

  test('of the end of a long call does not read what comes before', async () => {
    const path = newPath()
    for (let from = 0, offset = 0; from < pages.length; from += 30) {
      const bytes = Buffer.concat(pages.slice(from, from + 30))
      await chunk(path, `offset=${offset}&start_time_unix_nano=1&channels=user,agent`, new Uint8Array(bytes))
      await vi.waitFor(
        async () => expect((await jsonFrom(await ask(`${path}/waveform`))).upToDate).toBe(true),
        60_000,
      )
      offset += bytes.length
    }
    const answer = await ask(`${path}/clip?from_ms=53000&to_ms=53100`)
    const clip = Buffer.from(await answer.arrayBuffer())
    expect([answer.status, clip.length]).toEqual([200, 44 + 4800 * 4])
    expect(
      Math.max(...Array.from({ length: 4800 }, (_, index) => clip.readInt16LE(44 + index * 4))),
    ).toBeGreaterThan(8000)
  })

  test.each([
    ['from_ms=5&to_ms=1', 400],
    ['from_ms=0&to_ms=9000000', 400],
    ['from_ms=90000&to_ms=91000', 422],
  ])('%s answers %i', async (query, status) => {
    const path = newPath()
    await put(path, new Uint8Array(wavFile(twoVoices(8000), 8000)), 'audio/wav')
    await vi.waitFor(async () => expect((await jsonFrom(await ask(path))).durationMs).toBe(4000), 60_000)
    expect((await ask(`${path}/clip?${query}`)).status).toBe(status)
  })
})
