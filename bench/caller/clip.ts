import { readFile } from 'node:fs/promises'

/** A recorded or synthetic utterance: mono 16-bit PCM. */
export interface Clip {
  name: string
  samples: Int16Array
  /** Hertz. */
  sampleRate: number
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

/** The clip from its first to its last 10 ms that lie less than 35 dB below its loudest. */
export function trimmed(clip: Clip): Clip {
  const levels = blockLevels(clip)
  const threshold = Math.max(...levels) * 10 ** (-35 / 20)
  const first = levels.findIndex((level) => level > threshold)
  const last = levels.findLastIndex((level) => level > threshold)
  if (first < 0) throw new Error(`${clip.name} is silent.`)
  const block = clip.sampleRate / 100
  return { ...clip, samples: clip.samples.slice(Math.floor(first * block), Math.ceil((last + 1) * block)) }
}

/** The clip with silence put in at its quietest place in the middle third, as when a speaker stops to think. */
export function withPause(clip: Clip, pauseMs: number): Clip {
  const levels = blockLevels(clip)
  const from = Math.floor(levels.length / 3)
  let quietest = from
  for (let i = from; i < (2 * levels.length) / 3; i++) {
    if ((levels[i] ?? 0) < (levels[quietest] ?? 0)) quietest = i
  }
  const at = Math.floor((quietest + 0.5) * (clip.sampleRate / 100))
  const pause = Math.round((pauseMs * clip.sampleRate) / 1000)
  const samples = new Int16Array(clip.samples.length + pause)
  samples.set(clip.samples.subarray(0, at))
  samples.set(clip.samples.subarray(at), at + pause)
  return { ...clip, name: `${clip.name} with a pause of ${pauseMs} ms`, samples }
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
