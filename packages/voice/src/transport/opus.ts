import { Decoder, Encoder } from '@evan/opus'

/** 120 ms at 16 kHz: after that the decoder has nothing but silence to offer. */
const MAX_CONCEALED_SAMPLES = 1_920

/** One frame to the caller: 48 kHz mono, 10 ms, as one Opus packet. */
export class OpusEncoder {
  readonly #encoder: Encoder

  constructor() {
    this.#encoder = new Encoder({ channels: 1, sample_rate: 48_000, application: 'voip' })
    this.#encoder.bitrate = 40_000
    this.#encoder.signal = 'voice'
    this.#encoder.complexity = 5
  }

  encode(samples: Int16Array): Uint8Array {
    return this.#encoder.encode(samples)
  }
}

/** What a caller says, decoded to 16 kHz mono. */
export class OpusDecoder {
  readonly #decoder = new Decoder({ channels: 1, sample_rate: 16_000 })
  #tableOfContents: number | undefined

  /** Errors: the packet is not Opus. */
  decode(packet: Uint8Array): Int16Array {
    const samples = int16(this.#decoder.decode(packet))
    this.#tableOfContents = packet[0]
    return samples
  }

  /**
   * Sound in place of what was lost, made by the decoder from what came before; it fades to silence within about 80 ms. A packet
   * of the table-of-contents byte alone is one whose frame is lost (RFC 6716, 3.1 and 3.2.1, code 0 with no data).
   */
  conceal(sampleCount: number): Int16Array {
    const concealed = new Int16Array(sampleCount)
    if (this.#tableOfContents === undefined) return concealed
    const lost = Uint8Array.of(this.#tableOfContents & 0b1111_1100)
    for (let filled = 0; filled < Math.min(sampleCount, MAX_CONCEALED_SAMPLES); ) {
      const frame = int16(this.#decoder.decode(lost))
      concealed.set(frame.subarray(0, sampleCount - filled), filled)
      filled += frame.length
    }
    return concealed
  }
}

function int16(bytes: Uint8Array): Int16Array {
  return new Int16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2).slice()
}
