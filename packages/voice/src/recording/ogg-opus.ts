import { randomInt } from 'node:crypto'

/** Granule positions count samples of 48 kHz, whatever rate was encoded (RFC 7845, 4). */
const GRANULE_RATE = 48_000
const MOST_SEGMENTS = 255
const SEGMENT_BYTES = 255
const PAGE_HEADER_BYTES = 27
const CHECKSUM_AT = 22
const PAGE_FLAGS = { begins: 2, ends: 4 }
const VENDOR = 'voxtrace'

export interface OggOpusOptions {
  channels: 1 | 2
  /** What was encoded, in hertz; for information only. */
  inputRate: number
  /** Samples of 48 kHz to throw away at the start: what the encoder looks ahead. */
  preSkip: number
}

/**
 * Puts Opus packets into pages of Ogg (RFC 3533, RFC 7845). Each page holds whole packets and can be played as soon as it
 * is there, so a file that breaks off ends with its last page.
 */
export class OggOpusWriter {
  readonly #serial = randomInt(2 ** 32)
  readonly #preSkip: number
  readonly #head: Buffer
  #sequence = 0
  #packets: Uint8Array[] = []
  #segments = 0
  #granule = 0

  constructor({ channels, inputRate, preSkip }: OggOpusOptions) {
    this.#preSkip = preSkip
    this.#head = Buffer.alloc(19)
    this.#head.write('OpusHead', 0, 'latin1')
    this.#head.writeUInt8(1, 8)
    this.#head.writeUInt8(channels, 9)
    this.#head.writeUInt16LE(preSkip, 10)
    this.#head.writeUInt32LE(inputRate, 12)
  }

  /** The two pages with which the file begins. */
  begin(): Buffer {
    const tags = Buffer.alloc(16 + VENDOR.length)
    tags.write('OpusTags', 0, 'latin1')
    tags.writeUInt32LE(VENDOR.length, 8)
    tags.write(VENDOR, 12, 'latin1')
    return Buffer.concat([this.#page([this.#head], PAGE_FLAGS.begins), this.#page([tags], 0)])
  }

  /** Takes the next packet of so many milliseconds; gives a page when there is no room for it in the present one. */
  add(packet: Uint8Array, durationMs: number): Buffer | null {
    const segments = Math.floor(packet.length / SEGMENT_BYTES) + 1
    const full = this.#segments + segments > MOST_SEGMENTS ? this.flush() : null
    this.#packets.push(packet)
    this.#segments += segments
    this.#granule += (durationMs * GRANULE_RATE) / 1000
    return full
  }

  /** A page of the packets that wait; null when there are none. */
  flush(): Buffer | null {
    return this.#packets.length > 0 ? this.#page(this.#take(), 0) : null
  }

  /** The last page; what was encoded beyond `lengthMs` of sound is cut off. */
  end(lengthMs: number): Buffer {
    const end = Math.round((lengthMs * GRANULE_RATE) / 1000) + this.#preSkip
    this.#granule = Math.min(this.#granule, end)
    return this.#page(this.#take(), PAGE_FLAGS.ends)
  }

  #take(): Uint8Array[] {
    this.#segments = 0
    return this.#packets.splice(0)
  }

  #page(packets: readonly Uint8Array[], flags: number): Buffer {
    const lacing = packets.flatMap(({ length }) => [
      ...new Array<number>(Math.floor(length / SEGMENT_BYTES)).fill(SEGMENT_BYTES),
      length % SEGMENT_BYTES,
    ])
    const header = Buffer.alloc(PAGE_HEADER_BYTES + lacing.length)
    header.write('OggS', 0, 'latin1')
    header.writeUInt8(flags, 5)
    header.writeBigUInt64LE(BigInt(this.#granule), 6)
    header.writeUInt32LE(this.#serial, 14)
    header.writeUInt32LE(this.#sequence++, 18)
    header.writeUInt8(lacing.length, 26)
    header.set(lacing, PAGE_HEADER_BYTES)
    const page = Buffer.concat([header, ...packets])
    page.writeUInt32LE(checksum(page), CHECKSUM_AT)
    return page
  }
}

const remainders = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte << 24
  for (let bit = 0; bit < 8; bit++)
    remainder = remainder & 0x8000_0000 ? (remainder << 1) ^ 0x04c1_1db7 : remainder << 1
  return remainder
})

/** The CRC of a page whose checksum field is zero: polynomial 04c11db7, begun with 0, not reflected (RFC 3533, 6). */
function checksum(page: Uint8Array): number {
  let crc = 0
  for (const byte of page) crc = (crc << 8) ^ (remainders[(crc >>> 24) ^ byte] ?? 0)
  return crc >>> 0
}
