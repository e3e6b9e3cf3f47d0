import { Decoder } from '@evan/opus'
import { UnreadableSound } from './sound-reader.ts'

export const opusRate = 48_000

/** What an Opus stream says of itself at its beginning. */
export interface OpusHead {
  channels: number
  /** Samples at the beginning that are not to be heard. */
  preSkip: number
}

/** RFC 7845, 5.1. */
export function readOpusHead(bytes: Buffer): OpusHead {
  if (bytes.length < 19 || bytes.toString('latin1', 0, 8) !== 'OpusHead') {
    throw new UnreadableSound('The file carries another sound than Opus, such as Vorbis or FLAC.')
  }
  const channels = bytes.readUInt8(9)
  if (channels !== 1 && channels !== 2) {
    throw new UnreadableSound(`Opus with ${channels} channels is not read; one or two are.`)
  }
  return { channels, preSkip: bytes.readUInt16LE(10) }
}

/** Decodes the packets of one stream, in order. */
export class OpusPackets {
  readonly #decoder: Decoder
  readonly #channels: number

  constructor(channels: number) {
    this.#channels = channels
    this.#decoder = new Decoder({ channels: channels === 2 ? 2 : 1, sample_rate: opusRate })
  }

  /** The samples of each channel. A packet that cannot be decoded is as long as it says, and silent. */
  decode(packet: Buffer): Float32Array[] {
    let samples: Int16Array = new Int16Array(packetSamples(packet) * this.#channels)
    try {
      const decoded = this.#decoder.decode(packet)
      samples = new Int16Array(decoded.buffer, decoded.byteOffset, decoded.byteLength / 2)
    } catch {
      // Damaged on its way; what follows is heard all the same.
    }
    const count = samples.length / this.#channels
    return Array.from({ length: this.#channels }, (_, channel) => {
      const own = new Float32Array(count)
      for (let index = 0; index < count; index++) {
        own[index] = (samples[index * this.#channels + channel] ?? 0) / 0x8000
      }
      return own
    })
  }
}

/** How many samples a packet stands for (RFC 6716, 3.1 and 3.2). */
export function packetSamples(packet: Buffer): number {
  const first = packet[0]
  if (first === undefined) return 0
  const config = first >> 3
  const frame =
    config < 12
      ? [480, 960, 1920, 2880][config & 3]
      : config < 16
        ? [480, 960][config & 1]
        : [120, 240, 480, 960][config & 3]
  const code = first & 3
  const frames = code === 0 ? 1 : code < 3 ? 2 : (packet[1] ?? 0) & 63
  return Math.min((frame ?? 0) * frames, 5760)
}
