import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { RecordingContentType } from '@voxtrace/model'
import { describe, expect, test } from 'vitest'
import { coarser, Envelope } from './envelope.ts'
import { readFrameHead } from './mp3-frame.ts'
import { oggChecksum, oggChecksumAt } from './ogg-checksum.ts'
import { packetSamples } from './opus-packets.ts'
import { soundReader } from './sound-reader.ts'
import { oggPage, oggPages, opusPackets, preSkip, twoVoices, wavFile, webmFile } from './test-sound.ts'

const opus = opusPackets(twoVoices(48_000))
const ogg = Buffer.concat(oggPages(opus, 2))
/** Made by LAME of `twoVoices(44_100)` with a variable rate (-V 7), with a tag of ID3 before it. */
const mp3 = fixture('two-voices-vbr.mp3')

function fixture(name: string): Buffer {
  return readFileSync(new URL(`fixtures/${name}`, import.meta.url))
}

/** Reads a file in pieces, each by a new reader that goes on where the last ended, and gives its envelope. */
function envelopeOf(contentType: RecordingContentType, file: Buffer, pieceBytes = file.length, channels = 2) {
  let bytes = 0
  let state: unknown = null
  let known = null
  const data: Buffer[] = []
  let envelope = new Envelope(channels, known)
  for (let end = pieceBytes; ; end += pieceBytes) {
    const reader = soundReader(contentType, bytes, state)
    envelope = new Envelope(channels, known)
    for (const sound of reader.read(file.subarray(bytes, end))) envelope.add(sound)
    data.push(envelope.take().data)
    known = Envelope.state.parse(JSON.parse(JSON.stringify(envelope.state())))
    const place: { bytes: number; state: unknown } = JSON.parse(JSON.stringify(reader.place()))
    bytes = place.bytes
    state = place.state
    if (end >= file.length) break
  }
  return { data: Buffer.concat(data), durationMs: envelope.durationMs, bytes }
}

/** Where each channel sounds, in milliseconds. */
function voicesOf(data: Buffer, channels = 2): { from: number; to: number }[] {
  const buckets = data.length / (3 * channels)
  return Array.from({ length: channels }, (_, channel) => {
    const loud = Array.from({ length: buckets }, (_, bucket) => bucket).filter(
      (bucket) => data.readUInt8((bucket * channels + channel) * 3 + 2) > 30,
    )
    return { from: (loud[0] ?? -1) * 10, to: ((loud.at(-1) ?? -1) + 1) * 10 }
  })
}

function isLoud(data: Buffer, channel: number, atMs: number): boolean {
  return data.readUInt8(((atMs / 10) * 2 + channel) * 3 + 2) > 30
}

function expectTwoVoices(data: Buffer, withinMs: number): void {
  const [user, agent] = voicesOf(data)
  for (const [value, expected] of [
    [user?.from, 1000],
    [user?.to, 2000],
    [agent?.from, 2500],
    [agent?.to, 3500],
  ] as const) {
    expect(Math.abs((value ?? 0) - expected)).toBeLessThanOrEqual(withinMs)
  }
}

describe('WAV', () => {
  test('is read exactly, however its bytes are cut', () => {
    const file = wavFile(twoVoices(44_100), 44_100)
    const whole = envelopeOf('audio/wav', file)
    expectTwoVoices(whole.data, 0)
    expect([whole.durationMs, whole.bytes]).toEqual([4000, file.length])
    // Half of full scale: lowest, highest, and 0.5 / √2.
    const at = 150 * 6
    expect([whole.data.readInt8(at), whole.data.readInt8(at + 1)]).toEqual([-63, 63])
    expect(Math.abs(whole.data.readUInt8(at + 2) - 90)).toBeLessThanOrEqual(2)
    expect(whole.data.length).toBe(400 * 6)
    for (const pieceBytes of [101, 1001, 65_536]) {
      expect(envelopeOf('audio/wav', file, pieceBytes).data.equals(whole.data)).toBe(true)
    }
  })

  test.each([
    [
      'PCM of 8 bits',
      1,
      8,
      (b: Buffer, at: number, s: number) => b.writeUInt8(Math.round(128 + s * 127), at),
    ],
    [
      'PCM of 24 bits',
      1,
      24,
      (b: Buffer, at: number, s: number) => b.writeIntLE(Math.round(s * 8_388_607), at, 3),
    ],
    [
      'PCM of 32 bits',
      1,
      32,
      (b: Buffer, at: number, s: number) => b.writeInt32LE(Math.round(s * 2_147_483_647), at),
    ],
    ['floating point', 3, 32, (b: Buffer, at: number, s: number) => b.writeFloatLE(s, at)],
    ['µ-law', 7, 8, (b: Buffer, at: number, s: number) => b.writeUInt8(muLaw(s), at)],
    ['A-law', 6, 8, (b: Buffer, at: number, s: number) => b.writeUInt8(aLaw(s), at)],
  ])('of %s is read', (_, format, bits, write) => {
    const { data } = envelopeOf('audio/wav', wavFile(twoVoices(8000), 8000, { format, bits }, write))
    expectTwoVoices(data, 0)
    expect(Math.abs(data.readUInt8(150 * 6 + 2) - 90)).toBeLessThanOrEqual(2)
  })

  test('is read at a rate that does not divide into hundredths of a second', () => {
    expectTwoVoices(envelopeOf('audio/wav', wavFile(twoVoices(8004), 8004)).data, 0)
  })

  test('whose size was never filled in is read to its end', () => {
    const file = wavFile(twoVoices(8000), 8000, { dataBytes: 0xffff_ffff })
    expect(envelopeOf('audio/wav', file).durationMs).toBe(4000)
  })

  test('whose size was left 0 is read to its end, and of a known size no further', () => {
    const file = (dataBytes?: number) =>
      wavFile(twoVoices(8000), 8000, dataBytes === undefined ? {} : { dataBytes })
    expect(envelopeOf('audio/wav', file(0)).durationMs).toBe(4000)
    const tagged = Buffer.concat([file(), Buffer.from('LIST\x10\0\0\0INFO and its text')])
    const { durationMs, bytes } = envelopeOf('audio/wav', tagged, 9999)
    expect([durationMs, bytes]).toEqual([4000, tagged.length])
  })

  test('is mixed when it is said to carry all voices in one', () => {
    const { data } = envelopeOf('audio/wav', wavFile(twoVoices(8000), 8000), 9999, 1)
    expect(voicesOf(data, 1)).toEqual([{ from: 1000, to: 3500 }])
  })

  test('of up to eight channels is read', () => {
    const file = (channels: number) =>
      wavFile(
        Array.from({ length: channels }, () => new Float32Array(8)),
        8000,
      )
    const [sound] = soundReader('audio/wav', 0, null).read(file(8))
    expect(sound?.channels).toHaveLength(8)
    expect(() => soundReader('audio/wav', 0, null).read(file(9))).toThrow(/9 channels/)
  })

  test('with fewer channels than named says so', () => {
    const [user = new Float32Array()] = twoVoices(8000)
    expect(() => envelopeOf('audio/wav', wavFile([user], 8000))).toThrow(/has one channel, but 2 were named/)
  })
})

/** The pages of another stream with the same sound. */
function otherStream(pages: Buffer[]): Buffer[] {
  return pages.map((page) => {
    const own = Buffer.from(page)
    own.writeUInt32LE(78, 14)
    own.writeUInt32LE(oggChecksum(own), oggChecksumAt)
    return own
  })
}

describe('Opus in Ogg', () => {
  test('keeps its place in time, however its bytes are cut', () => {
    const whole = envelopeOf('audio/ogg', ogg)
    expectTwoVoices(whole.data, 10)
    expect(whole.durationMs).toBeCloseTo(opus.length * 20 - preSkip / 48, 3)
    for (const pieceBytes of [501, 4096]) {
      const cut = envelopeOf('audio/ogg', ogg, pieceBytes)
      expectTwoVoices(cut.data, 20)
      expect(cut.data.length).toBe(whole.data.length)
    }
  })

  test('keeps its place where pages are missing or damaged', () => {
    const pages = oggPages(opus, 2)
    // The third page of sound, from 1 s to 1.5 s.
    const without = Buffer.concat(pages.filter((_, index) => index !== 4))
    const damaged = Buffer.concat(pages.map((page, index) => (index === 4 ? randomBytes(page.length) : page)))
    for (const file of [without, damaged]) {
      const [user, agent] = voicesOf(envelopeOf('audio/ogg', file).data)
      expect([user?.from, user?.to, agent?.from]).toEqual(
        [1490, 2000, 2500].map((ms) => expect.closeTo(ms, -1.3)),
      )
    }
  })

  test('is silent where a page has another checksum than it says, as players are', () => {
    const pages = oggPages(opus, 2).map((page) => Buffer.from(page))
    // One bit of the page from 1.5 s to 2 s, and of the lacing of the page from 3 s on, which so tells a wrong length.
    pages[5]?.writeUInt8((pages[5]?.readUInt8(400) ?? 0) ^ 1, 400)
    pages[8]?.writeUInt8(255, 30)
    const { data, durationMs } = envelopeOf('audio/ogg', Buffer.concat(pages), 3000)
    expect([1400, 1700].map((ms) => isLoud(data, 0, ms))).toEqual([true, false])
    expect([2700, 3200].map((ms) => isLoud(data, 1, ms))).toEqual([true, false])
    expect(durationMs).toBeCloseTo(opus.length * 20 - preSkip / 48, 3)
  })

  test('is read however long the table of its packets is, and wherever it is cut', () => {
    const small = opus.map((packet) => packet.subarray(0, 1))
    const [head = Buffer.alloc(0), tags = Buffer.alloc(0)] = oggPages([], 2)
    const page = oggPage(small, BigInt(small.length * 960), 2, 4)
    const after = head.length + tags.length
    for (let cut = 0; cut <= page.length; cut += 7) {
      const reader = soundReader('audio/ogg', 0, null)
      const file = Buffer.concat([head, tags, page])
      const sounds = [file.subarray(0, after + cut), file.subarray(after + cut)].flatMap((part) =>
        reader.read(part),
      )
      expect(sounds.map(({ at, channels }) => [at, channels[0]?.length])).toEqual([
        [0, small.length * 960 - preSkip],
      ])
      expect(reader.place().bytes).toBe(file.length)
    }
  })

  test('is read when packets go on from page to page', () => {
    const large = opusPackets(twoVoices(48_000), 256_000)
    const pages = oggPages([], 2)
    let cut = 0
    for (let index = 0; index < large.length; index += 2) {
      // A packet of more than 255 bytes is cut after its first 255.
      const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = large.slice(index, index + 2)
      const end = BigInt(Math.min(index + 2, large.length) * 960)
      if (second.length > 255) {
        cut++
        const half = [first, second.subarray(0, 255)]
        pages.push(oggPage(half, BigInt((index + 1) * 960), pages.length, 0, true))
        pages.push(oggPage([second.subarray(255)], end, pages.length, 1))
      } else pages.push(oggPage(second.length > 0 ? [first, second] : [first], end, pages.length))
    }
    expect(cut).toBeGreaterThan(20)
    const file = Buffer.concat(pages)
    for (const pieceBytes of [file.length, 700])
      expectTwoVoices(envelopeOf('audio/ogg', file, pieceBytes).data, 20)
    // A packet whose beginning is missing is not heard, and moves nothing.
    const first = pages.findIndex((page) => page.readUInt8(5) === 1)
    const without = Buffer.concat(pages.filter((_, index) => index !== first - 1))
    expectTwoVoices(envelopeOf('audio/ogg', without).data, 50)
  })

  test('is read alone where another stream lies between its pages', () => {
    const other = otherStream(oggPages(opus, 2))
    const mixed = Buffer.concat(oggPages(opus, 2).flatMap((page, index) => [page, other[index] ?? page]))
    expect(envelopeOf('audio/ogg', mixed).data.equals(envelopeOf('audio/ogg', ogg).data)).toBe(true)
  })

  test('goes on with a stream that begins where the first has ended', () => {
    const { data, durationMs } = envelopeOf(
      'audio/ogg',
      Buffer.concat([...oggPages(opus, 2), ...otherStream(oggPages(opus, 2))]),
    )
    expect(durationMs).toBeCloseTo(2 * (opus.length * 20 - preSkip / 48), 3)
    expect([1500, 2200, 5500, 6200].map((ms) => isLoud(data, 0, ms))).toEqual([true, false, true, false])
  })

  test('that was taken up half-way begins where it begins, and ends where its last page says', () => {
    const page = (packets: Buffer[], granule: number, flags = 0) =>
      oggPage(packets, BigInt(granule), 2, flags)
    const begun = oggPages([], 2)
    const halfWay = [...begun, page(opus.slice(0, 5), 10 * 960), page(opus.slice(5, 10), 15 * 960)]
    expect(envelopeOf('audio/ogg', Buffer.concat(halfWay)).durationMs).toBeCloseTo(200 - preSkip / 48, 3)
    const short = [...begun, page(opus.slice(0, 5), 5 * 960), page(opus.slice(5, 10), 7 * 960 + preSkip, 4)]
    expect(envelopeOf('audio/ogg', Buffer.concat(short)).durationMs).toBeCloseTo(140, 3)
  })

  test('of another codec says so', () => {
    const vorbis = oggPage([Buffer.from('\x01vorbis and what follows it')], 0n, 0, 2)
    expect(() => envelopeOf('audio/ogg', vorbis)).toThrow(/another sound than Opus/)
  })

  test('with a time stamp days ahead says so instead of filling the disk', () => {
    const pages = [
      ...oggPages([], 2),
      oggPage(opus.slice(0, 2), 1920n, 2),
      oggPage(opus.slice(2, 4), 1n << 52n, 3),
    ]
    expect(() => envelopeOf('audio/ogg', Buffer.concat(pages))).toThrow(/time stamps jump/)
  })
})

describe('Opus in WebM', () => {
  test('keeps its place in time, however its bytes are cut', () => {
    const file = webmFile(opus, 2)
    const whole = envelopeOf('audio/webm', file)
    expectTwoVoices(whole.data, 10)
    for (const pieceBytes of [333, 5000]) {
      const cut = envelopeOf('audio/webm', file, pieceBytes)
      expectTwoVoices(cut.data, 20)
      expect(cut.data.length).toBe(whole.data.length)
    }
  })
})

describe('cues of WebM', () => {
  const file = webmFile(Array.from({ length: 4 }, () => opus).flat(), 2)
  const clusterId = Buffer.from('1f43b675', 'hex')
  const cuesOf = (bytes: Buffer, pieceBytes = bytes.length) => {
    const reader = soundReader('audio/webm', 0, null)
    const cues: unknown[] = []
    for (let from = 0; from < bytes.length; from += pieceBytes) {
      reader.read(bytes.subarray(from, from + pieceBytes))
      cues.push(...(reader.takeCues?.() ?? []))
    }
    return cues
  }
  /** The file with an element before its first cluster. */
  const beforeClusters = (element: Buffer) => {
    const first = file.indexOf(clusterId)
    return Buffer.concat([file.subarray(0, first), element, file.subarray(first)])
  }

  test('are five seconds apart, however its bytes are cut', () => {
    const clusters: number[] = []
    for (let at = file.indexOf(clusterId); at >= 0; at = file.indexOf(clusterId, at + 1)) clusters.push(at)
    const expected = [0, 5, 10, 15].map((second) => ({ byte: clusters[second], time: second * 1000 }))
    for (const pieceBytes of [file.length, 333]) expect(cuesOf(file, pieceBytes)).toEqual(expected)
  })

  test('pass a damaged cluster over', () => {
    const damaged = Buffer.from(file)
    let at = -1
    for (let second = 0; second <= 5; second++) at = damaged.indexOf(clusterId, at + 1)
    damaged[at] = 0
    expect(cuesOf(damaged)).toMatchObject([0, 6000, 11_000, 16_000].map((time) => ({ time })))
  })

  test.each([
    ['an index of its own', Buffer.from('1c53bb6b80', 'hex')],
    ['an index of its own at its end', Buffer.from('114d9b7487' + '4dbb84' + '1c53bb6b', 'hex')],
    [
      'much before its first cluster',
      Buffer.concat([Buffer.from('ec10200000', 'hex'), Buffer.alloc(1 << 21)]),
    ],
  ])('are not made of a file with %s', (_, element) => {
    expect(cuesOf(beforeClusters(element))).toEqual([])
  })
})

describe('blocks of WebM', () => {
  const file = webmFile(opus, 2)
  /** The file with each simple block of the second cluster changed by its head: track, time and flags. */
  const changed = (change: (head: Buffer, number: number) => void) => {
    const damaged = Buffer.from(file)
    const first = file.indexOf(Buffer.from('a301000000', 'hex'), file.length / 4)
    for (let at = first, number = 0; at >= 0 && number < 10; number++) {
      change(damaged.subarray(at + 9), number)
      at = file.indexOf(Buffer.from('a301000000', 'hex'), at + 1)
    }
    return damaged
  }

  test('of another track are not heard', () => {
    const { data, durationMs } = envelopeOf(
      'audio/webm',
      changed((head) => head.writeUInt8(0x82, 0)),
    )
    expect(durationMs).toBeCloseTo(4013, -1)
    expect(data.equals(envelopeOf('audio/webm', file).data)).toBe(false)
  })

  test('with several packets are refused', () => {
    expect(() =>
      envelopeOf(
        'audio/webm',
        changed((head) => head.writeUInt8(0x86, 3)),
      ),
    ).toThrow(/several packets into one block/)
  })

  test('are not looked for in an element that is passed over', () => {
    const at = file.indexOf(Buffer.from('a301000000', 'hex'), file.length / 4)
    const passedOver = Buffer.from(file.subarray(at, file.indexOf(Buffer.from('a301000000', 'hex'), at + 1)))
    passedOver.writeUInt8(0xec, 0)
    const padded = Buffer.concat([file.subarray(0, at), passedOver, file.subarray(at)])
    expect(envelopeOf('audio/webm', padded).data.equals(envelopeOf('audio/webm', file).data)).toBe(true)
  })

  test('that are late by less than a few packets leave no gap', () => {
    const late = changed((head, number) => head.writeInt16BE(head.readInt16BE(1) + (number % 2) * 15, 1))
    expect(envelopeOf('audio/webm', late).data.equals(envelopeOf('audio/webm', file).data)).toBe(true)
  })
})

test.each([
  ['one frame', [0x78], 960],
  ['two frames', [0x79], 1920],
  ['two frames of different sizes', [0x7a], 1920],
  ['as many as it says', [0x7b, 3], 2880],
  ['120 ms at most', [0x7b, 63], 5760],
  ['a number of frames that is missing', [0x7b], 0],
  ['nothing', [], 0],
])('an Opus packet of %s tells its length', (_, bytes, samples) => {
  expect(packetSamples(Buffer.from(bytes))).toBe(samples)
})

describe('damaged WebM', () => {
  const file = webmFile(opus, 2)
  const clusterAt = (number: number) => {
    let at = -1
    for (let found = 0; found <= number; found++) at = file.indexOf(Buffer.from('1f43b675', 'hex'), at + 1)
    return at
  }
  /** The element of the block after so many in the second cluster, which begins at 1 s. */
  const blockAt = (number: number) => {
    let at = clusterAt(1)
    for (let found = 0; found <= number; found++) at = file.indexOf(Buffer.from('a301000000', 'hex'), at + 1)
    return at
  }

  test.each([
    ['an element that is none', [0x21, 0x42]],
    ['an element without an id', [0x00]],
    ['an element with an impossible size', [0xa3, 0x00]],
    ['a packet of a size that no packet has', [0xa3, 0x10, 0x7f, 0xff, 0xff, 0x81]],
    ['an element of a size that no element has', [0xec, 0x01, 0x7f, 0xff, 0xff, 0xff]],
    ['an element of unknown size', [0xa3, 0xff]],
  ])('with %s is heard again from the next cluster on', (_, bytes) => {
    const damaged = Buffer.from(file)
    damaged.set(bytes, blockAt(25))
    for (const pieceBytes of [file.length, 700]) {
      const { data, durationMs } = envelopeOf('audio/webm', damaged, pieceBytes)
      expect([1400, 1700].map((ms) => isLoud(data, 0, ms))).toEqual([true, false])
      expect([2400, 2600, 3400, 3600].map((ms) => isLoud(data, 1, ms))).toEqual([false, true, true, false])
      expect(durationMs).toBeCloseTo(4013, -1)
    }
  })

  test('before its first cluster says so', () => {
    const damaged = Buffer.from(file)
    damaged.writeUInt8(0, file.indexOf(Buffer.from('1654ae6b', 'hex')))
    expect(() => envelopeOf('audio/webm', damaged)).toThrow(/is damaged/)
  })
})

describe('MP3', () => {
  test('keeps its place in time, however its bytes are cut', () => {
    const whole = envelopeOf('audio/mpeg', mp3)
    expectTwoVoices(whole.data, 10)
    expect(whole.durationMs).toBe(4000)
    for (const pieceBytes of [333, 5000]) {
      expect(envelopeOf('audio/mpeg', mp3, pieceBytes).data.equals(whole.data)).toBe(true)
    }
  })

  test('leaves out what its encoder added at its end, and nothing of what comes after that, or of a file that was cut off', () => {
    const twice = envelopeOf('audio/mpeg', Buffer.concat([mp3, mp3]), 5000)
    expect(twice.durationMs).toBeGreaterThan(8000)
    expect([1500, 2000, 5600].map((ms) => isLoud(twice.data, 0, ms))).toEqual([true, false, true])
    const half = soundReader('audio/mpeg', 0, null).read(mp3.subarray(0, mp3.length / 2))
    expect(half.at(-1)?.channels[0]?.length).toBe(1152)
  })

  test('of one channel, without a word about itself, is drawn where it is heard', () => {
    // Made by LAME at 16 kHz with -t, of both voices mixed. Nobody knows that the encoder put 69 ms before it.
    const file = fixture('mono-without-info.mp3')
    const [voices] = voicesOf(envelopeOf('audio/mpeg', file, 1000, 1).data, 1)
    expect([voices?.from, voices?.to]).toEqual([1069, 3569].map((ms) => expect.closeTo(ms, -1.3)))
  })

  test('is drawn as it is played where its bytes are damaged, with the sound after them', () => {
    const damaged = Buffer.from(mp3)
    randomBytes(400).copy(damaged, 9000)
    const [user, agent] = voicesOf(envelopeOf('audio/mpeg', damaged, 5000).data)
    expect([user?.from, user?.to]).toEqual([1000, 2000].map((ms) => expect.closeTo(ms, -1.3)))
    // Frames that are lost are not heard, and what follows comes as much earlier.
    expect(agent?.from).toBeGreaterThan(2300)
    expect((agent?.to ?? 0) - (agent?.from ?? 0)).toBeCloseTo(1000, -1.7)
  })

  test('of a quarter of an hour takes no more memory than a minute', () => {
    const quarter = Buffer.concat(Array.from({ length: 225 }, () => mp3))
    const reader = soundReader('audio/mpeg', 0, null)
    let samples = 0
    const before = process.memoryUsage()
    for (let from = 0; from < quarter.length; from += 256 * 1024) {
      for (const { channels } of reader.read(quarter.subarray(from, from + 256 * 1024)))
        samples += channels[0]?.length ?? 0
    }
    const after = process.memoryUsage()
    expect(samples / 32_000).toBeGreaterThan(900)
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(64 * 1024 * 1024)
    expect(JSON.stringify(reader.place()).length).toBeLessThan(8192)
  })

  test('has frames only where all bits of their beginning are set', () => {
    expect(readFrameHead(Buffer.from([0xff, 0xfb, 0x90, 0x64]))).toMatchObject({ rate: 44_100, channels: 2 })
    for (const head of [
      [0xff, 0x1b, 0x90, 0x64],
      [0xfe, 0xfb, 0x90, 0x64],
      [0xff, 0xfb, 0x90],
    ]) {
      expect(readFrameHead(Buffer.from(head))).toBeNull()
    }
  })

  test('with a picture in its tag is read after it, however large', () => {
    const tag = Buffer.alloc(10 + 600_000)
    tag.write('ID3\x03')
    tag.set([0, 600_000 >> 14, (600_000 >> 7) & 127, 600_000 & 127], 6)
    tag.fill(Buffer.from([0xff, 0xfb, 0x90, 0x00]), 10)
    expectTwoVoices(envelopeOf('audio/mpeg', Buffer.concat([tag, mp3]), 100_000).data, 10)
  })

  test('of another layer says so', () => {
    const layerTwo = Buffer.alloc(417 * 1000)
    for (let at = 0; at < layerTwo.length; at += 417) layerTwo.set([0xff, 0xfd, 0x80, 0x00], at)
    expect(() => envelopeOf('audio/mpeg', layerTwo)).toThrow(/layer I or II/)
  })
})

test('noise in place of a file is refused or silent, and never more than that', () => {
  for (const contentType of ['audio/wav', 'audio/ogg', 'audio/webm', 'audio/mpeg'] as const) {
    for (let round = 0; round < 15; round++) {
      const file = {
        'audio/wav': wavFile(twoVoices(8000), 8000),
        'audio/ogg': ogg,
        'audio/webm': webmFile(opus, 2),
        'audio/mpeg': mp3,
      }[contentType]
      const damaged = Buffer.from(file)
      for (let hit = 0; hit < 40; hit++)
        damaged[Math.floor(Math.random() * Math.min(damaged.length, 4000))] = Math.random() * 256
      try {
        expect(envelopeOf(contentType, damaged).bytes).toBeLessThanOrEqual(damaged.length)
      } catch (error) {
        expect(String(error)).toMatch(/WAV|WebM|Opus|MP3|sound has|24 hours|RIFF|named/)
      }
    }
  }
})

test('a coarser envelope keeps the lowest and highest, and the root mean square of all', () => {
  const fine = Buffer.from([-3, 5, 30, -9, 2, 40, -1, 1, 10].map((value) => value & 0xff))
  const joined = coarser(fine, 1, 2)
  expect([joined.readInt8(0), joined.readInt8(1), joined.readUInt8(2)]).toEqual([-9, 5, 35])
  expect([joined.readInt8(3), joined.readInt8(4), joined.readUInt8(5)]).toEqual([-1, 1, 10])
})

/** ITU-T G.711, by search: the code whose sample is nearest. */
function muLaw(sample: number): number {
  const magnitude = Math.min(Math.abs(Math.round(sample * 32_767)) + 0x84, 32_767)
  const exponent = Math.max(0, 24 - Math.clz32(magnitude))
  return ~((sample < 0 ? 0x80 : 0) | (exponent << 4) | ((magnitude >> (exponent + 3)) & 15)) & 0xff
}

function aLaw(sample: number): number {
  const magnitude = Math.abs(Math.round(sample * 32_767))
  const exponent = Math.max(0, 24 - Math.clz32(magnitude))
  const mantissa = exponent === 0 ? magnitude >> 4 : (magnitude >> (exponent + 3)) & 15
  return ((sample < 0 ? 0 : 0x80) | (exponent << 4) | mantissa) ^ 0x55
}
