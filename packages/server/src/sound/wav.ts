import { z } from 'zod'
import { type Sound, type SoundReader, UnreadableSound } from './sound-reader.ts'

const formats = { pcm: 1, float: 3, aLaw: 6, muLaw: 7, extensible: 0xfffe }

const header = z.object({
  format: z.number(),
  channels: z.number(),
  rate: z.number(),
  bits: z.number(),
})
const state = z.object({
  header: header.nullable(),
  /** Whether the samples have begun. */
  inData: z.boolean(),
  /** Bytes of samples still to come, or of a chunk still to be skipped; null to the end of the file. */
  left: z.number().nullable(),
  /** Samples read so far, of each channel. */
  samples: z.number(),
})
type Header = z.output<typeof header>
type State = z.output<typeof state>

/** WAV (RIFF and RF64). A size that was never filled in, as of a file that is still written, means up to the end. */
export class WavReader implements SoundReader {
  static readonly state = state
  #bytes: number
  readonly #state: State
  #rest = Buffer.alloc(0)

  constructor(bytes: number, known: State | null) {
    this.#bytes = bytes
    this.#state = known ?? { header: null, inData: false, left: 0, samples: 0 }
  }

  place() {
    return { bytes: this.#bytes, state: { ...this.#state } }
  }

  read(bytes: Buffer): Sound[] {
    this.#rest = Buffer.concat([this.#rest, bytes])
    while (!this.#state.inData && this.#readChunkHeader()) {}
    const { header, inData, left } = this.#state
    if (!inData || header === null) return []
    const frameBytes = (header.bits / 8) * header.channels
    const frames = Math.floor(Math.min(this.#rest.length, left ?? Number.POSITIVE_INFINITY) / frameBytes)
    const sound =
      frames === 0 ? [] : [this.#decode(header, this.#rest.subarray(0, frames * frameBytes), frames)]
    this.#skip(frames * frameBytes)
    this.#state.samples += frames
    // What follows the samples, such as tags, is not sound.
    if (left !== null) {
      this.#state.left = left - frames * frameBytes
      if (this.#state.left < frameBytes) this.#skip(this.#rest.length)
    }
    return sound
  }

  /** Reads the header of the next chunk, or skips what is left of the last; false when more bytes are needed. */
  #readChunkHeader(): boolean {
    if (this.#bytes === 0) {
      if (this.#rest.length < 12) return false
      if (this.#rest.toString('latin1', 8, 12) !== 'WAVE')
        throw new UnreadableSound('The file is RIFF but not WAVE.')
      this.#skip(12)
    }
    const left = this.#state.left ?? 0
    if (left > 0) {
      const skipped = Math.min(left, this.#rest.length)
      this.#skip(skipped)
      this.#state.left = left - skipped
      return this.#state.left === 0
    }
    if (this.#rest.length < 8) return false
    const name = this.#rest.toString('latin1', 0, 4)
    const size = this.#rest.readUInt32LE(4)
    if (name === 'fmt ') {
      if (size < 16 || size > 1024)
        throw new UnreadableSound(`The WAV file has a format chunk of ${size} bytes.`)
      if (this.#rest.length < 8 + size) return false
      this.#state.header = readHeader(this.#rest.subarray(8, 8 + size))
      this.#skip(8 + size + (size % 2))
    } else if (name === 'data') {
      if (this.#state.header === null)
        throw new UnreadableSound('The WAV file has samples before their format.')
      this.#state.inData = true
      this.#state.left = size === 0 || size >= 0xffff_ff00 ? null : size
      this.#skip(8)
    } else {
      this.#skip(8)
      this.#state.left = size + (size % 2)
    }
    return true
  }

  #skip(count: number): void {
    this.#bytes += count
    this.#rest = this.#rest.subarray(count)
  }

  #decode({ format, channels, rate, bits }: Header, bytes: Buffer, frames: number): Sound {
    const sampleAt = sampleReader(format, bits, bytes)
    const step = bits / 8
    const decoded = Array.from({ length: channels }, (_, channel) => {
      const samples = new Float32Array(frames)
      for (let frame = 0; frame < frames; frame++)
        samples[frame] = sampleAt((frame * channels + channel) * step)
      return samples
    })
    return { at: this.#state.samples, rate, channels: decoded }
  }
}

function readHeader(chunk: Buffer): Header {
  const named = chunk.readUInt16LE(0)
  const format = named === formats.extensible && chunk.length >= 26 ? chunk.readUInt16LE(24) : named
  const channels = chunk.readUInt16LE(2)
  const rate = chunk.readUInt32LE(4)
  const bits = chunk.readUInt16LE(14)
  if (channels < 1 || channels > 8 || rate < 1000 || rate > 384_000) {
    throw new UnreadableSound(`The WAV file says it has ${channels} channels at ${rate} Hz.`)
  }
  sampleReader(format, bits, Buffer.alloc(0))
  return { format, channels, rate, bits }
}

/** Gives the sample at a byte, between -1 and 1. */
function sampleReader(format: number, bits: number, bytes: Buffer): (at: number) => number {
  switch (`${format}/${bits}`) {
    case `${formats.pcm}/8`:
      return (at) => (bytes.readUInt8(at) - 128) / 128
    case `${formats.pcm}/16`:
      return (at) => bytes.readInt16LE(at) / 0x8000
    case `${formats.pcm}/24`:
      return (at) => bytes.readIntLE(at, 3) / 0x80_0000
    case `${formats.pcm}/32`:
      return (at) => bytes.readInt32LE(at) / 0x8000_0000
    case `${formats.float}/32`:
      return (at) => bytes.readFloatLE(at)
    case `${formats.float}/64`:
      return (at) => bytes.readDoubleLE(at)
    case `${formats.aLaw}/8`:
      return (at) => aLawSample(bytes.readUInt8(at)) / 0x8000
    case `${formats.muLaw}/8`:
      return (at) => muLawSample(bytes.readUInt8(at)) / 0x8000
    default:
      throw new UnreadableSound(
        `WAV of format ${format} with ${bits} bits is not read; PCM, floating point, A-law and µ-law are.`,
      )
  }
}

/** ITU-T G.711 A-law, expanded to 16 bits. */
function aLawSample(coded: number): number {
  const value = coded ^ 0x55
  const exponent = (value >> 4) & 7
  const mantissa = ((value & 15) << 4) + 8
  const magnitude = exponent === 0 ? mantissa : (mantissa + 0x100) << (exponent - 1)
  return value & 0x80 ? magnitude : -magnitude
}

/** ITU-T G.711 µ-law, expanded to 16 bits. */
function muLawSample(coded: number): number {
  const value = ~coded & 0xff
  const magnitude = ((((value & 15) << 3) + 0x84) << ((value >> 4) & 7)) - 0x84
  return value & 0x80 ? -magnitude : magnitude
}
