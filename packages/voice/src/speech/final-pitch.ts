/** How a voice ends, compared with how it sounded before. */
export interface FinalPitch {
  /** Semitones from the sound just before to the end: questions often rise. */
  rise: number
  /** Semitones from the middle of the voice's range to the end: statements fall below it. */
  aboveMiddle: number
  /** Semitones from the tenth lowest of a hundred to the end. */
  aboveFloor: number
  /** Decibels from the usual loudness of the voiced sound to the end's: voices die away. */
  louder: number
}

interface VoicedFrame {
  semitones: number
  loudness: number
}

const sampleRate = 16_000
/** The pitch of a voice is far below 2 kHz, so every fourth sample is enough. */
const decimation = 4
const rate = sampleRate / decimation
const contextSamples = 3 * sampleRate
const hop = rate / 100
const window = rate / 25
/** Periods of 400 Hz to 70 Hz. */
const shortestPeriod = Math.floor(rate / 400)
const longestPeriod = Math.ceil(rate / 70)
/** A frame whose sound repeats itself less than this is noise. */
const voicedCorrelation = 0.6
/** Of two periods that fit about as well, the longer is likely a multiple of the true one. */
const nearlyAsWell = 0.88
const leastLoudness = 60
/** Frames quieter than this share of the usual are noise after the speech. */
const leastShare = 0.06
/** What lies further from the middle was mistaken for another octave. */
const widestRange = 9
const endFrames = 7
const beforeFrames = 18
const fewestFrames = 15

/**
 * The movement of the pitch at the end of a sound (16 kHz), by the autocorrelation of frames of 40 ms. Null when too
 * little of it is voiced. Takes about a millisecond for a second of sound; only the last three seconds count.
 */
export function finalPitch(samples: Int16Array): FinalPitch | null {
  const voiced = voicedFrames(decimated(samples.subarray(-contextSamples)))
  const usualLoudness = median(voiced.map(({ loudness }) => loudness))
  const speech = voiced.filter(({ loudness }) => loudness >= leastShare * usualLoudness)
  const anyMiddle = median(speech.map(({ semitones }) => semitones))
  const frames = speech.filter(({ semitones }) => Math.abs(semitones - anyMiddle) < widestRange)
  if (frames.length < fewestFrames) return null
  const pitches = frames.map(({ semitones }) => semitones)
  const end = median(pitches.slice(-endFrames))
  const earlier = pitches.slice(0, -endFrames).toSorted((a, b) => a - b)
  const endLoudness = median(frames.slice(-endFrames).map(({ loudness }) => loudness))
  return {
    rise: end - median(pitches.slice(-endFrames - beforeFrames, -endFrames)),
    aboveMiddle: end - anyMiddle,
    aboveFloor: end - (earlier[Math.floor(earlier.length / 10)] ?? end),
    louder: 20 * Math.log10(endLoudness / usualLoudness),
  }
}

function decimated(samples: Int16Array): Float32Array {
  return Float32Array.from({ length: Math.floor(samples.length / decimation) }, (_, index) => {
    let sum = 0
    for (let at = index * decimation; at < (index + 1) * decimation; at++) sum += samples[at] ?? 0
    return sum / decimation
  })
}

function voicedFrames(sound: Float32Array): VoicedFrame[] {
  const frames: VoicedFrame[] = []
  for (let start = 0; start + window + longestPeriod + 1 <= sound.length; start += hop) {
    const loudness = Math.sqrt(energy(sound, start) / window)
    if (loudness < leastLoudness) continue
    const period = periodOf(sound, start)
    if (period !== null) frames.push({ semitones: 12 * Math.log2(rate / period), loudness })
  }
  return frames
}

function energy(sound: Float32Array, start: number): number {
  let sum = 0
  for (let at = start; at < start + window; at++) sum += (sound[at] ?? 0) ** 2
  return sum
}

/** The shortest period that fits about as well as the best, in samples and parts of them; null where there is no pitch. */
function periodOf(sound: Float32Array, start: number): number | null {
  const own = energy(sound, start)
  const fits = new Float64Array(longestPeriod + 2)
  let shifted = energy(sound, start + shortestPeriod - 1)
  for (let period = shortestPeriod - 1; period <= longestPeriod + 1; period++) {
    let product = 0
    for (let at = start; at < start + window; at++) product += (sound[at] ?? 0) * (sound[at + period] ?? 0)
    fits[period] = product / Math.sqrt(own * shifted + 1)
    shifted += (sound[start + period + window] ?? 0) ** 2 - (sound[start + period] ?? 0) ** 2
  }
  const fit = (period: number) => fits[period] ?? 0
  const peaks: number[] = []
  for (let period = shortestPeriod; period <= longestPeriod; period++)
    if (fit(period) >= fit(period - 1) && fit(period) >= fit(period + 1)) peaks.push(period)
  const best = Math.max(...peaks.map(fit))
  if (best < voicedCorrelation) return null
  const period = peaks.find((peak) => fit(peak) >= nearlyAsWell * best)
  if (period === undefined) return null
  const curve = fit(period - 1) - 2 * fit(period) + fit(period + 1)
  return curve < 0 ? period + (0.5 * (fit(period - 1) - fit(period + 1))) / curve : period
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
}
