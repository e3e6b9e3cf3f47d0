import { readFile } from 'node:fs/promises'

/** A recorded or synthetic utterance: mono 16-bit PCM. */
export interface Clip {
  name: string
  samples: Int16Array
  /** Hertz. */
  sampleRate: number
  /** Where its speech ends, in samples: what follows is the room. Its length when it is not told. */
  speechEnd?: number
}

const WAV_PCM = 1
const WAV_EXTENSIBLE = 0xfffe

/** Reads a WAV file (16-bit PCM; the first channel is taken), or a `.raw` file of 16 kHz mono. Errors: it is neither. */
export async function readClip(path: string): Promise<Clip> {
  const file = await readFile(path)
  const name = path.slice(path.lastIndexOf('/') + 1)
  if (path.endsWith('.raw')) return { name, samples: readSamples(file, 1), sampleRate: 16_000 }
  return readWav(name, file)
}

/** Reads the bytes of a WAV file of 16-bit PCM. Errors: it is not one. */
export function readWav(name: string, file: Buffer): Clip {
  if (file.toString('latin1', 0, 4) !== 'RIFF' || file.toString('latin1', 8, 12) !== 'WAVE') {
    throw new Error(`${name} is not a WAV file: it does not begin with RIFF … WAVE.`)
  }
  let format: { channels: number; sampleRate: number } | undefined
  for (let at = 12; at + 8 <= file.length; ) {
    const id = file.toString('latin1', at, at + 4)
    const length = Math.min(file.readUInt32LE(at + 4), file.length - at - 8)
    const body = file.subarray(at + 8, at + 8 + length)
    if (id === 'fmt ') {
      const encoding = body.readUInt16LE(0)
      const bits = body.readUInt16LE(14)
      if ((encoding !== WAV_PCM && encoding !== WAV_EXTENSIBLE) || bits !== 16) {
        throw new Error(`${name} has ${bits}-bit samples in encoding ${encoding}; 16-bit PCM is needed.`)
      }
      format = { channels: body.readUInt16LE(2), sampleRate: body.readUInt32LE(4) }
    }
    if (id === 'data') {
      if (!format) throw new Error(`${name} has its data before its format.`)
      return { name, samples: readSamples(body, format.channels), sampleRate: format.sampleRate }
    }
    at += 8 + length + (length % 2)
  }
  throw new Error(`${name} has no data chunk.`)
}

/** Speech is at most this much quieter than the loudest of a clip, and at least so much louder than its background: decibels. */
const SPEECH = { belowLoudest: 28, aboveBackground: 8 }
const QUIETEST_BLOCKS = 10

/**
 * The clip from the first of its speech, with the end of its speech marked. Speech is judged by the loudness of 50 ms around each 10 ms: less
 * than 28 dB below the loudest, and 8 dB above the background, which is the quietest 100 ms of the clip. What a microphone picks up of the
 * room after the last word is no speech, but is sent like all microphones send it.
 */
export function trimmed(clip: Clip): Clip {
  const levels = blockLevels(clip)
  const around = (i: number, blocks: number) => {
    const part = levels.slice(Math.max(0, i), i + blocks)
    return Math.sqrt(part.reduce((sum, level) => sum + level * level, 0) / part.length)
  }
  const smooth = levels.map((_, i) => around(i - 2, Math.min(i + 3, 5)))
  const loudest = Math.max(...smooth)
  const whole = levels.slice(0, Math.max(1, levels.length - QUIETEST_BLOCKS))
  const background = Math.min(...whole.map((_, i) => around(i, QUIETEST_BLOCKS)))
  const threshold = Math.max(
    loudest * 10 ** (-SPEECH.belowLoudest / 20),
    background * 10 ** (SPEECH.aboveBackground / 20),
  )
  const first = smooth.findIndex((level) => level > threshold)
  const last = smooth.findLastIndex((level) => level > threshold)
  if (first < 0) throw new Error(`${clip.name} has no speech: it is as loud as its background throughout.`)
  const block = clip.sampleRate / 100
  const start = Math.floor(first * block)
  return { ...clip, samples: clip.samples.slice(start), speechEnd: Math.ceil((last + 1) * block) - start }
}

/** The clip with silence put in at the quietest place in the middle third of its speech, as when a speaker stops to think. */
export function withPause(clip: Clip, pauseMs: number): Clip {
  const { samples, sampleRate, speechEnd = samples.length } = clip
  const levels = blockLevels({ ...clip, samples: samples.subarray(0, speechEnd) })
  const from = Math.floor(levels.length / 3)
  let quietest = from
  for (let i = from; i < (2 * levels.length) / 3; i++) {
    if ((levels[i] ?? 0) < (levels[quietest] ?? 0)) quietest = i
  }
  const at = Math.floor((quietest + 0.5) * (sampleRate / 100))
  const pause = Math.round((pauseMs * sampleRate) / 1000)
  const paused = new Int16Array(samples.length + pause)
  paused.set(samples.subarray(0, at))
  paused.set(samples.subarray(at), at + pause)
  const name = `${clip.name} with a pause of ${pauseMs} ms`
  return { name, samples: paused, sampleRate, speechEnd: speechEnd + pause }
}

/** Root mean square of each 10 ms, 0 to 32767. */
function blockLevels({ samples, sampleRate }: Clip): number[] {
  const block = sampleRate / 100
  return Array.from({ length: Math.ceil(samples.length / block) }, (_, i) => {
    const part = samples.subarray(Math.floor(i * block), Math.floor((i + 1) * block))
    return Math.sqrt(part.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, part.length))
  })
}

function readSamples(bytes: Buffer, channels: number): Int16Array {
  const frames = Math.floor(bytes.length / (2 * channels))
  return Int16Array.from({ length: frames }, (_, i) => bytes.readInt16LE(2 * channels * i))
}
