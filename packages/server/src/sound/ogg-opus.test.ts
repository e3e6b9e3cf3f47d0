import { describe, expect, test } from 'vitest'
import { Chance } from '../chance.test.support.ts'
import { oggChecksum, oggChecksumAt } from './ogg-checksum.ts'
import { envelopeOf, expectTwoVoices, isLoud, ogg, opus, voicesOf } from './sound.test.support.ts'
import { soundReader } from './sound-readers.ts'
import { oggPage, oggPages, opusPackets, preSkip, twoVoices } from './test-sound.ts'

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
    const chance = new Chance(1)
    const damaged = Buffer.concat(
      pages.map((page, index) => (index === 4 ? chance.bytes(page.length) : page)),
    )
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

/** The pages of another stream with the same sound. */
function otherStream(pages: Buffer[]): Buffer[] {
  return pages.map((page) => {
    const own = Buffer.from(page)
    own.writeUInt32LE(78, 14)
    own.writeUInt32LE(oggChecksum(own), oggChecksumAt)
    return own
  })
}
