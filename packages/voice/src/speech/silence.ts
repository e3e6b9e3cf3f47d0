/** Peak amplitude, of 32768, under which sound counts as silence: about -42 dB. */
const audiblePeak = 256
/** Kept before the first audible sample, so that soft onsets, such as an H, are not clipped. */
const onsetMs = 25

/** The index of the first audible sample, or the length when there is none. */
export function firstAudible(samples: Int16Array): number {
  const index = samples.findIndex((sample) => Math.abs(sample) >= audiblePeak)
  return index < 0 ? samples.length : index
}

/** Speech without the silence before it, and with at most `keepAfterMs` of the silence after it. */
export function trimSilence(samples: Int16Array, sampleRate: number, keepAfterMs: number): Int16Array {
  const start = firstAudible(samples)
  if (start === samples.length) return samples.subarray(0, 0)
  const end = samples.findLastIndex((sample) => Math.abs(sample) >= audiblePeak) + 1
  const onset = Math.round((sampleRate * onsetMs) / 1000)
  return samples.subarray(
    Math.max(0, start - onset),
    Math.min(samples.length, end + Math.round((sampleRate * keepAfterMs) / 1000)),
  )
}
