import { execFileSync } from 'node:child_process'
import { Encoder } from '@evan/opus'
import type { RecordingContentType } from '@voxtrace/model'
import { oggPages, wavFile, webmFile } from '../../packages/server/src/sound/test-sound.ts'

/** The sound changes between a low and a high tone every so many seconds, so that what is heard tells where it is from. */
export const sectionSeconds = 60
export const tones = { low: 400, high: 1600 }

export interface LongSound {
  name: string
  contentType: RecordingContentType
  bytes: Buffer
  seconds: number
}

/** A tone of one section in both channels, interleaved, with a level that changes so that it compresses like speech and not like a tone. */
function section(hertz: number, rate: number): Int16Array<ArrayBuffer> {
  const samples = new Int16Array(2 * rate * sectionSeconds)
  for (let i = 0; i < samples.length / 2; i++) {
    const noise = (Math.random() - 0.5) * 1500
    samples[2 * i] = samples[2 * i + 1] = Math.round(
      9000 * Math.sin((2 * Math.PI * hertz * i) / rate) + noise,
    )
  }
  return samples
}

function alternating<Section>(one: Section, other: Section, minutes: number): Section[] {
  return Array.from({ length: minutes }, (_, minute) => (minute % 2 === 0 ? one : other))
}

const rate = 48_000
const frameSamples = 960

function opusSection(hertz: number, bitrate: number): Buffer[] {
  const encoder = new Encoder({ channels: 2, sample_rate: rate, application: 'audio' })
  encoder.bitrate = bitrate
  encoder.complexity = 1
  const samples = section(hertz, rate)
  return Array.from({ length: samples.length / 2 / frameSamples }, (_, frame) =>
    Buffer.from(encoder.encode(samples.subarray(frame * 2 * frameSamples, (frame + 1) * 2 * frameSamples))),
  )
}

function opusPackets(minutes: number, bitrate: number): Buffer[] {
  return alternating(opusSection(tones.low, bitrate), opusSection(tones.high, bitrate), minutes).flat()
}

export function oggSound(name: string, minutes: number, bitrate: number): LongSound {
  const bytes = Buffer.concat(oggPages(opusPackets(minutes, bitrate), 2, 15))
  return { name, contentType: 'audio/ogg', bytes, seconds: minutes * sectionSeconds }
}

export function webmSound(name: string, minutes: number, bitrate: number): LongSound {
  const bytes = webmFile(opusPackets(minutes, bitrate), 2)
  return { name, contentType: 'audio/webm', bytes, seconds: minutes * sectionSeconds }
}

export function wavSound(name: string, minutes: number): LongSound {
  const rate = 16_000
  const part = (hertz: number) => Buffer.from(section(hertz, rate).buffer)
  const data = alternating(part(tones.low), part(tones.high), minutes)
  const dataBytes = data.reduce((sum, { length }) => sum + length, 0)
  const head = wavFile([new Float32Array(), new Float32Array()], rate, { dataBytes })
  head.writeUInt32LE(head.length - 8 + dataBytes, 4)
  return {
    name,
    contentType: 'audio/wav',
    bytes: Buffer.concat([head, ...data]),
    seconds: minutes * sectionSeconds,
  }
}

/** Made by LAME. Errors: it is not installed. */
export function mp3Sound(name: string, minutes: number, kilobits: number): LongSound {
  const part = (hertz: number) =>
    execFileSync(
      'lame',
      [
        '-r',
        '-s',
        '48',
        '--signed',
        '--bitwidth',
        '16',
        '--little-endian',
        '-m',
        'j',
        '-b',
        String(kilobits),
        '--nores',
        '-t',
        '--quiet',
        '-',
        '-',
      ],
      { input: Buffer.from(section(hertz, rate).buffer), maxBuffer: 64 * 1024 * 1024 },
    )
  const bytes = Buffer.concat(alternating(part(tones.low), part(tones.high), minutes))
  return { name, contentType: 'audio/mpeg', bytes, seconds: minutes * sectionSeconds }
}
