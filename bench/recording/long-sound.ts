import { execFileSync } from 'node:child_process'
import type { RecordingContentType } from '@voxtrace/model'
import { oggPages, opusPackets, wavFile, webmFile } from '../../packages/server/src/sound/test-sound.ts'

/** The sound changes between a low and a high tone every so many seconds, so that what is heard tells where it is from. */
export const sectionSeconds = 60
const tones = { low: 400, high: 1600 }

export interface LongSound {
  name: string
  contentType: RecordingContentType
  bytes: Buffer
  seconds: number
}

const rate = 48_000

/** A tone of one section for each channel, with noise under it, so that it compresses like speech and not like a tone. */
function section(hertz: number, rate: number): Float32Array[] {
  const tone = Float32Array.from(
    { length: rate * sectionSeconds },
    (_, i) => 0.3 * Math.sin((2 * Math.PI * hertz * i) / rate) + 0.05 * (Math.random() - 0.5),
  )
  return [tone, tone]
}

function alternating<Section>(one: Section, other: Section, minutes: number): Section[] {
  return Array.from({ length: minutes }, (_, minute) => (minute % 2 === 0 ? one : other))
}

/** Stereo of about 100 kbit/s. */
function opusOf(minutes: number): Buffer[] {
  const part = (hertz: number) => opusPackets(section(hertz, rate)).slice(0, sectionSeconds * 50)
  return alternating(part(tones.low), part(tones.high), minutes).flat()
}

export function oggSound(name: string, minutes: number): LongSound {
  const bytes = Buffer.concat(oggPages(opusOf(minutes), 2, 15))
  return { name, contentType: 'audio/ogg', bytes, seconds: minutes * sectionSeconds }
}

export function webmSound(name: string, minutes: number): LongSound {
  const bytes = webmFile(opusOf(minutes), 2)
  return { name, contentType: 'audio/webm', bytes, seconds: minutes * sectionSeconds }
}

/** The samples of a section, 16 bits each, interleaved. */
function pcm(hertz: number, rate: number): Buffer {
  const wav = wavFile(section(hertz, rate), rate)
  return wav.subarray(wav.length - rate * sectionSeconds * 4)
}

export function wavSound(name: string, minutes: number): LongSound {
  const rate = 16_000
  const data = alternating(pcm(tones.low, rate), pcm(tones.high, rate), minutes)
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
  const options = ['-m', 'j', '-b', String(kilobits), '--nores', '-t', '--quiet', '-', '-']
  const part = (hertz: number) =>
    execFileSync('lame', options, {
      input: wavFile(section(hertz, rate), rate),
      maxBuffer: 64 * 1024 * 1024,
    })
  const bytes = Buffer.concat(alternating(part(tones.low), part(tones.high), minutes))
  return { name, contentType: 'audio/mpeg', bytes, seconds: minutes * sectionSeconds }
}
