import { Decoder } from '@evan/opus'

const RATE = 48_000

/** A page of Ogg, as a reader of RFC 3533 sees it. */
export interface Page {
  flags: number
  granule: number
  serial: number
  sequence: number
  packets: Buffer[]
}

/** The pages of a file that may end in the middle of one. */
export function pagesOf(file: Buffer): Page[] {
  const pages: Page[] = []
  for (let at = 0; at + 27 <= file.length; ) {
    if (file.toString('latin1', at, at + 4) !== 'OggS') throw new Error(`there is no page at byte ${at}`)
    const lacing = [...file.subarray(at + 27, at + 27 + file.readUInt8(at + 26))]
    const packets: Buffer[] = []
    let start = at + 27 + lacing.length
    let length = 0
    for (const value of lacing) {
      length += value
      if (value === 255) continue
      packets.push(file.subarray(start, start + length))
      start += length
      length = 0
    }
    if (start > file.length) break
    const page = {
      flags: file.readUInt8(at + 5),
      granule: Number(file.readBigInt64LE(at + 6)),
      serial: file.readUInt32LE(at + 14),
      sequence: file.readUInt32LE(at + 18),
      packets,
    }
    pages.push(page)
    at = start
  }
  return pages
}

/** The sound of a stereo file at 48 kHz, from its first sample to its last. */
export function decoded(file: Buffer): { user: Int16Array; agent: Int16Array } {
  const [head, , ...pages] = pagesOf(file)
  const preSkip = head?.packets[0]?.readUInt16LE(10) ?? 0
  const decoder = new Decoder({ channels: 2, sample_rate: RATE })
  const parts = pages.flatMap(({ packets }) => packets.map((packet) => Buffer.from(decoder.decode(packet))))
  const bytes = Buffer.concat(parts)
  const end = Math.min(bytes.length / 4, pages.at(-1)?.granule ?? 0)
  const side = (channel: number) =>
    Int16Array.from({ length: Math.max(0, end - preSkip) }, (_, i) =>
      bytes.readInt16LE(4 * (i + preSkip) + 2 * channel),
    )
  return { user: side(0), agent: side(1) }
}

/** Where short sounds begin, in milliseconds: the first sample louder than `threshold` after 100 ms without one. */
export function onsets(samples: Int16Array, threshold = 3_000): number[] {
  const found: number[] = []
  let quietSince = Number.NEGATIVE_INFINITY
  samples.forEach((sample, i) => {
    if (Math.abs(sample) < threshold) return
    if (i - quietSince > RATE / 10) found.push((i * 1000) / RATE)
    quietSince = i
  })
  return found
}
