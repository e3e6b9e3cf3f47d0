import type { Clip } from './clip.ts'

const BLOCK_MS = 10
/** A dip is the lowest of its surroundings, and this much quieter than the sound on either side. */
const SURROUNDINGS = 6
const SIDE = 15
const DEPTH = 0.45

/** Places at which a speaker might have paused: the dips in loudness of a clip, as sample numbers. Some lie within words. */
export function dips({ samples, sampleRate }: Clip): number[] {
  const block = (sampleRate * BLOCK_MS) / 1000
  const levels = Array.from({ length: Math.floor(samples.length / block) }, (_, i) => {
    const part = samples.subarray(i * block, (i + 1) * block)
    return Math.sqrt(part.reduce((sum, sample) => sum + sample * sample, 0) / part.length)
  })
  const smooth = levels.map((level, i) => (levels[i - 1] ?? level) + level + (levels[i + 1] ?? level))
  const found: number[] = []
  for (let i = SIDE; i < smooth.length - SIDE; i++) {
    const level = smooth[i] ?? 0
    const before = Math.max(...smooth.slice(i - SIDE, i))
    const after = Math.max(...smooth.slice(i, i + SIDE))
    const lowest = Math.min(...smooth.slice(i - SURROUNDINGS, i + SURROUNDINGS + 1))
    if (level > lowest || level >= DEPTH * Math.min(before, after)) continue
    found.push(Math.floor((i + 0.5) * block))
    i += SURROUNDINGS
  }
  return found
}
