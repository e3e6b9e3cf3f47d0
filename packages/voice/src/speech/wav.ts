import type { PcmFrame } from '../transport/call.ts'

const headerBytes = 44

/** A WAV file (RIFF, PCM, mono, 16 bit) of the samples. */
export function encodeWav({ samples, sampleRate }: PcmFrame): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(headerBytes + samples.length * 2)
  const view = new DataView(bytes.buffer)
  const text = (at: number, value: string) => bytes.set(new TextEncoder().encode(value), at)
  text(0, 'RIFF')
  view.setUint32(4, headerBytes - 8 + samples.length * 2, true)
  text(8, 'WAVEfmt ')
  view.setUint32(16, 16, true)
  view.setUint16(20, 1, true)
  view.setUint16(22, 1, true)
  view.setUint32(24, sampleRate, true)
  view.setUint32(28, sampleRate * 2, true)
  view.setUint16(32, 2, true)
  view.setUint16(34, 16, true)
  text(36, 'data')
  view.setUint32(40, samples.length * 2, true)
  for (const [index, sample] of samples.entries()) view.setInt16(headerBytes + index * 2, sample, true)
  return bytes
}

/**
 * The samples of a WAV file of 16-bit mono PCM. A data chunk that claims more than there is, as a streaming
 * writer leaves it, ends where the file ends.
 * @throws when it is no such file
 */
export function decodeWav(bytes: Uint8Array): PcmFrame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const text = (at: number, length: number) => String.fromCharCode(...bytes.subarray(at, at + length))
  if (bytes.length < headerBytes || text(0, 4) !== 'RIFF' || text(8, 4) !== 'WAVE')
    throw new Error('not a WAV file: it does not begin with RIFF and WAVE')
  let sampleRate: number | null = null
  for (let at = 12; at + 8 <= bytes.length; ) {
    const size = view.getUint32(at + 4, true)
    const name = text(at, 4)
    if (name === 'fmt ' && at + 24 <= bytes.length) {
      const [format, channels, bits] = [
        view.getUint16(at + 8, true),
        view.getUint16(at + 10, true),
        view.getUint16(at + 22, true),
      ]
      if (format !== 1 || channels !== 1 || bits !== 16)
        throw new Error(
          `WAV of format ${format}, ${channels} channels, ${bits} bits; 16-bit mono PCM is read`,
        )
      sampleRate = view.getUint32(at + 12, true)
    }
    if (name === 'data') {
      if (!sampleRate) throw new Error('not a WAV file: its data comes before its format')
      const end = Math.min(at + 8 + size, bytes.length)
      const samples = new Int16Array((end - at - 8) >> 1)
      for (let index = 0; index < samples.length; index++)
        samples[index] = view.getInt16(at + 8 + index * 2, true)
      return { samples, sampleRate }
    }
    at += 8 + size + (size & 1)
  }
  throw new Error('not a WAV file: it has no data')
}
