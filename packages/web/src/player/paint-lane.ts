import type { EnvelopeStretch } from '../api/recordings.ts'
import type { Surface } from '../components/painting.tsx'
import type { TimeWindow } from '../facade/time-axis.ts'
import type { KnownEnvelope } from './envelopes.ts'

/** One channel of one recording in a lane. */
interface LaneSource {
  /** Where the recording begins on the axis, in milliseconds. */
  startMs: number
  channel: number
  known: KnownEnvelope
}

interface Column {
  lowest: number
  highest: number
  rms: number
}

/** Quiet recordings are drawn larger, up to this much. */
const largestGain = 6
const bytesPerChannel = 3

/** Draws the envelope of a voice: lowest to highest pale, the root mean square full. */
export function paintLane(
  { context, width, height, scale }: Surface,
  { fromMs, toMs }: TimeWindow,
  sources: readonly LaneSource[],
  colour: string,
): void {
  if (toMs <= fromMs) return
  // A column is a pixel of the screen.
  context.setTransform(1, 0, 0, 1, 0, 0)
  const columns = Math.round(width * scale)
  const msPerColumn = (toMs - fromMs) / columns
  const middle = Math.round(height * scale) / 2
  context.fillStyle = colour
  for (const { startMs, channel, known } of sources) {
    const gain = gainOf(known.whole, channel) * (middle - scale)
    const levels = new Float32Array(columns)
    context.globalAlpha = 0.42
    for (let x = 0; x < columns; x++) {
      const atMs = fromMs + x * msPerColumn - startMs
      const column = columnAt(known, channel, atMs, atMs + msPerColumn)
      if (!column) continue
      const top = Math.min(middle - scale / 2, middle - column.highest * gain)
      const bottom = Math.max(middle + scale / 2, middle - column.lowest * gain)
      context.fillRect(x, top, 1, bottom - top)
      levels[x] = column.rms * gain
    }
    context.globalAlpha = 1
    for (const [x, rms] of levels.entries())
      if (rms > scale / 2) context.fillRect(x, middle - rms, 1, 2 * rms)
  }
}

/** The envelope between two moments of the recording, from the finest stretch that has it; null where nothing is known. */
function columnAt(
  { fine, whole }: KnownEnvelope,
  channel: number,
  fromMs: number,
  toMs: number,
): Column | null {
  let best: EnvelopeStretch | null = null
  for (const stretch of fine)
    if (isIn(stretch, fromMs) && stretch.bucketMs < (best?.bucketMs ?? 1e9)) best = stretch
  best ??= whole && isIn(whole, fromMs) ? whole : null
  return best && joined(best, channel, fromMs, toMs)
}

function isIn({ firstBucket, buckets, bucketMs }: EnvelopeStretch, ms: number): boolean {
  return ms >= firstBucket * bucketMs && ms < (firstBucket + buckets) * bucketMs
}

function joined(
  { data, channels, firstBucket, buckets, bucketMs }: EnvelopeStretch,
  channel: number,
  fromMs: number,
  toMs: number,
): Column {
  const first = Math.floor(fromMs / bucketMs) - firstBucket
  const end = Math.min(buckets, Math.max(first + 1, Math.ceil(toMs / bucketMs) - firstBucket))
  let lowest = 0
  let highest = 0
  let squares = 0
  for (let bucket = first; bucket < end; bucket++) {
    const at = (bucket * channels.length + channel) * bytesPerChannel
    lowest = Math.min(lowest, signed(data[at] ?? 0))
    highest = Math.max(highest, signed(data[at + 1] ?? 0))
    squares += (data[at + 2] ?? 0) ** 2
  }
  return { lowest: lowest / 127, highest: highest / 127, rms: Math.sqrt(squares / (end - first)) / 255 }
}

function signed(byte: number): number {
  return (byte << 24) >> 24
}

const gains = new WeakMap<EnvelopeStretch, number[]>()

/** What makes a voice fill its lane: the loudest percent of its buckets may be cut. */
function gainOf(whole: EnvelopeStretch | null, channel: number): number {
  if (!whole) return 1
  const known = gains.get(whole) ?? []
  gains.set(whole, known)
  known[channel] ??= gainFor(whole, channel)
  return known[channel] ?? 1
}

function gainFor({ data, channels, buckets }: EnvelopeStretch, channel: number): number {
  const peaks = new Uint8Array(buckets)
  for (let bucket = 0; bucket < buckets; bucket++) {
    const at = (bucket * channels.length + channel) * bytesPerChannel
    peaks[bucket] = Math.max(-signed(data[at] ?? 0), signed(data[at + 1] ?? 0))
  }
  peaks.sort()
  const loud = (peaks[Math.floor(buckets * 0.995)] ?? 0) / 127
  return Math.min(largestGain, loud > 0 ? 1 / loud : 1)
}

/** The stretches of a recording in which a channel is louder than its noise, in milliseconds of the recording. */
export function soundingStretches(whole: EnvelopeStretch): { fromMs: number; toMs: number }[] {
  const { data, buckets, bucketMs } = whole
  const perBucket = data.length / Math.max(1, buckets)
  const stretches: { fromMs: number; toMs: number }[] = []
  for (let bucket = 0; bucket < buckets; bucket++) {
    let loudest = 0
    for (let at = bucket * perBucket + 2; at < (bucket + 1) * perBucket; at += bytesPerChannel)
      loudest = Math.max(loudest, data[at] ?? 0)
    // About −46 dB.
    if (loudest < 2) continue
    const last = stretches.at(-1)
    if (last && last.toMs >= bucket * bucketMs) last.toMs = (bucket + 1) * bucketMs
    else stretches.push({ fromMs: bucket * bucketMs, toMs: (bucket + 1) * bucketMs })
  }
  return stretches
}
