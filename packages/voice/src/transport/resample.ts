const TAPS_PER_PHASE = 24
const KAISER_BETA = 7
const MIN_RATE = 4_000
const MAX_RATE = 192_000

/**
 * Changes the sample rate of a stream of mono 16-bit PCM with a polyphase low-pass filter (windowed sinc, Kaiser
 * window, about 70 dB of stop band). It keeps the end of what it was given, so a stream cut into
 * frames comes out seamless, delayed by half the filter (0.75 ms at 16 kHz).
 */
export class Resampler {
  readonly #from: number
  readonly #to: number
  readonly #up: number
  readonly #down: number
  readonly #taps: number
  readonly #phases: Float32Array[]
  #history: Float32Array
  /** Position of the next output sample, in steps of 1/up of an input sample, from the first new input sample. */
  #position = 0

  /** Rates in hertz, whole numbers from 4000 to 192000. Errors: RangeError on any other. */
  constructor(from: number, to: number) {
    for (const rate of [from, to]) {
      if (!Number.isInteger(rate) || rate < MIN_RATE || rate > MAX_RATE) {
        throw new RangeError(
          `A sample rate is a whole number of hertz from ${MIN_RATE} to ${MAX_RATE}, not ${rate}.`,
        )
      }
    }
    const divisor = greatestCommonDivisor(from, to)
    this.#from = from
    this.#to = to
    this.#up = to / divisor
    this.#down = from / divisor
    this.#taps = TAPS_PER_PHASE * Math.max(1, Math.ceil(from / to))
    this.#phases = from === to ? [] : lowPassPhases(this.#up, this.#down, this.#taps)
    this.#history = new Float32Array(this.#taps - 1)
  }

  /** The next stretch of the stream at the new rate. Lengths add up to input × to ÷ from, rounded up. */
  process(samples: Int16Array): Int16Array {
    if (this.#from === this.#to) return samples.slice()
    const input = new Float32Array(this.#history.length + samples.length)
    input.set(this.#history)
    input.set(samples, this.#history.length)
    const end = samples.length * this.#up
    const output = new Int16Array(Math.max(0, Math.ceil((end - this.#position) / this.#down)))
    for (let i = 0; i < output.length; i++) {
      const first = Math.floor(this.#position / this.#up)
      const taps = this.#phases[this.#position % this.#up] ?? new Float32Array(this.#taps)
      let sum = 0
      for (let tap = 0; tap < this.#taps; tap++) sum += (taps[tap] ?? 0) * (input[first + tap] ?? 0)
      output[i] = Math.max(-32768, Math.min(32767, Math.round(sum)))
      this.#position += this.#down
    }
    this.#position -= end
    this.#history = input.slice(samples.length)
    return output
  }
}

/** Phase p holds the taps for an output sample that lies p/up after an input sample, oldest input first. */
function lowPassPhases(up: number, down: number, tapCount: number): Float32Array[] {
  const length = tapCount * up
  const centre = (length - 1) / 2
  const cutoff = (0.92 * 0.5) / Math.max(up, down)
  const phases = Array.from({ length: up }, () => new Float32Array(tapCount))
  for (let i = 0; i < length; i++) {
    const distance = i - centre
    const angle = 2 * Math.PI * cutoff * distance
    const sinc = distance === 0 ? 1 : Math.sin(angle) / angle
    const tap = 2 * cutoff * up * sinc * kaiser(distance / (length / 2))
    const phase = phases[i % up]
    if (phase) phase[tapCount - 1 - Math.floor(i / up)] = tap
  }
  return phases
}

/** The Kaiser window at x in [-1, 1] (Oppenheim and Schafer, Discrete-Time Signal Processing, 7.5.3). */
function kaiser(x: number): number {
  return besselI0(KAISER_BETA * Math.sqrt(Math.max(0, 1 - x * x))) / besselI0(KAISER_BETA)
}

function besselI0(x: number): number {
  let sum = 1
  let term = 1
  for (let k = 1; k < 40; k++) {
    term *= (x / (2 * k)) ** 2
    sum += term
  }
  return sum
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}
