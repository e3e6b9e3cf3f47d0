import { describe, expect, it } from 'vitest'
import { pagesOf } from './decoded.test.support.ts'
import { OggOpusWriter } from './ogg-opus.ts'

const writer = () => new OggOpusWriter({ channels: 2, inputRate: 24_000, preSkip: 312 })

describe('OggOpusWriter', () => {
  it('begins with the two header packets, each on a page of its own', () => {
    const pages = pagesOf(writer().begin())
    expect(pages.map(({ flags, granule, sequence }) => ({ flags, granule, sequence }))).toEqual([
      { flags: 2, granule: 0, sequence: 0 },
      { flags: 0, granule: 0, sequence: 1 },
    ])
    expect(pages[0]?.packets[0]?.toString('hex')).toBe(
      '4f707573486561640102' + '3801' + 'c05d0000' + '000000',
    )
    expect(pages[1]?.packets[0]?.toString('latin1')).toBe('OpusTags\b\0\0\0voxtrace\0\0\0\0')
  })

  it('gives each page the checksum of RFC 3533', () => {
    // The page of the OpusTags packet of an empty vendor and serial 0, computed bit by bit here.
    const page = writer().begin().subarray(47)
    const stored = page.readUInt32LE(22)
    const zeroed = Buffer.from(page)
    zeroed.writeUInt32LE(0, 22)
    let crc = 0n
    for (const byte of zeroed)
      for (let bit = 7; bit >= 0; bit--) {
        const top = ((crc >> 31n) ^ (BigInt(byte) >> BigInt(bit))) & 1n
        crc = ((crc << 1n) & 0xffff_ffffn) ^ (top ? 0x04c1_1db7n : 0n)
      }
    expect(stored).toBe(Number(crc))
  })

  it('keeps packets whole, whatever their size', () => {
    const ogg = writer()
    const sizes = [1, 254, 255, 256, 510, 1275]
    for (const size of sizes) expect(ogg.add(new Uint8Array(size).fill(size), 20)).toBeNull()
    const [page] = pagesOf(ogg.flush() ?? Buffer.alloc(0))
    expect(page?.packets.map(({ length }) => length)).toEqual(sizes)
    expect(page?.granule).toBe(sizes.length * 960)
    expect(ogg.flush()).toBeNull()
  })

  it.each([
    [600, 85],
    [255, 127],
  ])('begins another page by itself when one is full of packets of %i bytes', (bytes, packets) => {
    const ogg = writer()
    let full: Buffer | null = null
    let count = 0
    while (!full) {
      full = ogg.add(new Uint8Array(bytes), 20)
      count += 1
    }
    expect(pagesOf(full)[0]?.packets).toHaveLength(packets)
    expect(count).toBe(packets + 1)
  })

  it('ends with a page that cuts off what was encoded beyond the end', () => {
    const ogg = writer()
    for (let i = 0; i < 3; i++) ogg.add(new Uint8Array(10), 20)
    expect(pagesOf(ogg.end(45))).toMatchObject([{ flags: 4, granule: 45 * 48 + 312 }])
  })
})
