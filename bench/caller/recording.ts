/** What a caller sent and heard, on one clock: sample i of both lies at `startMs + i / 48` milliseconds. */
export interface Recording {
  startMs: number
  sent: Int16Array
  received: Int16Array
}

export const RECORDING_RATE = 48_000
const BLOCK = 120
const AUDIBLE_RMS = 0.004 * 32767

/** The first instant at or after `fromMs` at which a track is audible (2.5 ms above -48 dBFS), if any. */
export function firstAudibleMs(track: Int16Array, startMs: number, fromMs: number): number | undefined {
  const firstBlock = Math.max(0, Math.ceil(((fromMs - startMs) * RECORDING_RATE) / 1000 / BLOCK))
  for (let block = firstBlock; (block + 1) * BLOCK <= track.length; block++) {
    if (isAudible(track, block)) return startMs + (block * BLOCK * 1000) / RECORDING_RATE
  }
  return undefined
}

/** The first instant at or after `fromMs` from which a track stays silent for `forMs`, if the recording shows one. */
export function silentFromMs(
  track: Int16Array,
  startMs: number,
  fromMs: number,
  forMs: number,
): number | undefined {
  const firstBlock = Math.max(0, Math.floor(((fromMs - startMs) * RECORDING_RATE) / 1000 / BLOCK))
  const needed = Math.ceil((forMs * RECORDING_RATE) / 1000 / BLOCK)
  let run = 0
  for (let block = firstBlock; (block + 1) * BLOCK <= track.length; block++) {
    run = isAudible(track, block) ? 0 : run + 1
    if (run === needed) return startMs + ((block + 1 - needed) * BLOCK * 1000) / RECORDING_RATE
  }
  return undefined
}

function isAudible(track: Int16Array, block: number): boolean {
  let sum = 0
  for (let i = block * BLOCK; i < (block + 1) * BLOCK; i++) sum += (track[i] ?? 0) ** 2
  return Math.sqrt(sum / BLOCK) > AUDIBLE_RMS
}
