import { Encoder } from '@evan/opus'

/** Two channels: a tone in the first from 1 s to 2 s, one in the second from 2.5 s to 3.5 s, silence around them; 4 s in all. */
export function twoVoices(rate: number): Float32Array[] {
  const tone = (from: number, to: number, hertz: number) =>
    Float32Array.from({ length: 4 * rate }, (_, index) => {
      const seconds = index / rate
      return seconds >= from && seconds < to ? 0.5 * Math.sin(2 * Math.PI * hertz * seconds) : 0
    })
  return [tone(1, 2, 440), tone(2.5, 3.5, 330)]
}

/** A WAV file whose samples `write` puts into place. */
export function wavFile(
  channels: Float32Array[],
  rate: number,
  { format = 1, bits = 16, dataBytes }: { format?: number; bits?: number; dataBytes?: number } = {},
  write: (bytes: Buffer, at: number, sample: number) => void = (bytes, at, sample) => {
    bytes.writeInt16LE(Math.round(sample * 32767), at)
  },
): Buffer {
  const frames = channels[0]?.length ?? 0
  const step = bits / 8
  const data = Buffer.alloc(frames * channels.length * step)
  for (const [channel, samples] of channels.entries()) {
    for (const [frame, sample] of samples.entries())
      write(data, (frame * channels.length + channel) * step, sample)
  }
  const head = Buffer.alloc(58)
  head.write('RIFF', 0)
  head.writeUInt32LE(50 + data.length, 4)
  head.write('WAVEfmt ', 8)
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(format, 20)
  head.writeUInt16LE(channels.length, 22)
  head.writeUInt32LE(rate, 24)
  head.writeUInt32LE(rate * channels.length * step, 28)
  head.writeUInt16LE(channels.length * step, 32)
  head.writeUInt16LE(bits, 34)
  head.write('LIST', 36)
  head.writeUInt32LE(5, 40)
  head.write('odd\0\0\0', 44)
  head.write('data', 50)
  head.writeUInt32LE(dataBytes ?? data.length, 54)
  return Buffer.concat([head, data])
}

const frameSamples = 960
export const preSkip = 312

/** The sound as Opus packets of 20 ms, of so many bits a second where it is said. */
export function opusPackets(channels: Float32Array[], bitrate?: number): Buffer[] {
  const count = channels.length === 2 ? 2 : 1
  const encoder = new Encoder({ channels: count, sample_rate: 48_000, application: 'audio' })
  if (bitrate !== undefined) encoder.bitrate = bitrate
  const length = (channels[0]?.length ?? 0) + preSkip
  return Array.from({ length: Math.ceil(length / frameSamples) }, (_, frame) => {
    const samples = new Int16Array(frameSamples * count)
    for (let index = 0; index < samples.length; index++) {
      const sample = channels[index % count]?.[frame * frameSamples + Math.floor(index / count)] ?? 0
      samples[index] = Math.round(sample * 32767)
    }
    return Buffer.from(encoder.encode(samples))
  })
}

function opusHead(channels: number): Buffer {
  const head = Buffer.alloc(19)
  head.write('OpusHead')
  head.writeUInt8(1, 8)
  head.writeUInt8(channels, 9)
  head.writeUInt16LE(preSkip, 10)
  head.writeUInt32LE(48_000, 12)
  return head
}

/** What each value of a byte adds to the checksum of Ogg: polynomial 04c11db7, neither reflected nor inverted. */
const checksumOfByte = Int32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte << 24
  for (let bit = 0; bit < 8; bit++) sum = sum & 0x8000_0000 ? (sum << 1) ^ 0x04c1_1db7 : sum << 1
  return sum
})

function checksum(bytes: Buffer): number {
  let sum = 0
  for (const byte of bytes) sum = (sum << 8) ^ (checksumOfByte[(sum >>> 24) ^ byte] ?? 0)
  return sum >>> 0
}

/** One page of Ogg. */
export function oggPage(
  packets: Buffer[],
  granule: bigint,
  sequence: number,
  flags = 0,
  openEnd = false,
): Buffer {
  const lacing = packets.flatMap((packet, index) => {
    const sizes = [...Array.from({ length: Math.floor(packet.length / 255) }, () => 255), packet.length % 255]
    return openEnd && index === packets.length - 1 ? sizes.slice(0, -1) : sizes
  })
  const head = Buffer.alloc(27)
  head.write('OggS')
  head.writeUInt8(flags, 5)
  head.writeBigInt64LE(granule, 6)
  head.writeUInt32LE(77, 14)
  head.writeUInt32LE(sequence, 18)
  head.writeUInt8(lacing.length, 26)
  const page = Buffer.concat([head, Buffer.from(lacing), ...packets])
  page.writeUInt32LE(checksum(page), 22)
  return page
}

/** The pages of an Ogg file of Opus packets, `perPage` on each page. */
export function oggPages(packets: Buffer[], channels: number, perPage = 25): Buffer[] {
  const pages = [
    oggPage([opusHead(channels)], 0n, 0, 2),
    oggPage([Buffer.from('OpusTags\0\0\0\0\0\0\0\0')], 0n, 1),
  ]
  for (let from = 0; from < packets.length; from += perPage) {
    const until = Math.min(packets.length, from + perPage)
    const flags = until === packets.length ? 4 : 0
    pages.push(oggPage(packets.slice(from, until), BigInt(until * frameSamples), pages.length, flags))
  }
  return pages
}

function element(id: number[], content: Buffer, unknownSize = false): Buffer {
  const size = Buffer.alloc(8)
  size.writeBigUInt64BE((1n << 56n) | BigInt(content.length))
  return Buffer.concat([
    Buffer.from(id),
    unknownSize ? Buffer.from([0x01, ...Array(7).fill(0xff)]) : size,
    content,
  ])
}

/** A WebM file as a browser writes it: of unknown length, a cluster a second. */
export function webmFile(packets: Buffer[], channels: number): Buffer {
  const rate = Buffer.alloc(4)
  rate.writeFloatBE(48_000)
  const track = element(
    [0xae],
    Buffer.concat([
      element([0xd7], Buffer.from([1])),
      element([0x73, 0xc5], Buffer.from([1])),
      element([0x83], Buffer.from([2])),
      element([0x86], Buffer.from('A_OPUS')),
      element([0x63, 0xa2], opusHead(channels)),
      element([0xe1], Buffer.concat([element([0xb5], rate), element([0x9f], Buffer.from([channels]))])),
    ]),
  )
  const clusters: Buffer[] = []
  for (let from = 0; from < packets.length; from += 50) {
    const time = Buffer.alloc(4)
    time.writeUInt32BE(from * 20)
    const blocks = packets.slice(from, from + 50).map((packet, index) => {
      const head = Buffer.from([0x81, 0, 0, 0x80])
      head.writeInt16BE(index * 20, 1)
      return element([0xa3], Buffer.concat([head, packet]))
    })
    clusters.push(element([0x1f, 0x43, 0xb6, 0x75], Buffer.concat([element([0xe7], time), ...blocks]), true))
  }
  return Buffer.concat([
    element([0x1a, 0x45, 0xdf, 0xa3], element([0x42, 0x82], Buffer.from('webm'))),
    element([0x18, 0x53, 0x80, 0x67], Buffer.alloc(0), true),
    element([0x15, 0x49, 0xa9, 0x66], element([0x2a, 0xd7, 0xb1], Buffer.from([0x0f, 0x42, 0x40]))),
    element([0x16, 0x54, 0xae, 0x6b], track),
    ...clusters,
  ])
}
