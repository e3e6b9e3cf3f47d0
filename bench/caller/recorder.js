/**
 * Records two inputs on one clock: input 0 is what the caller sends, input 1 what the caller hears. Posts stretches of
 * 50 ms with the frame number at which they begin and, for each side, the last frame number at which it was audible.
 */
const STRETCH = 2400
/** Loudness is judged by blocks of 10 ms. */
const BLOCK = 480
const AUDIBLE_RMS = 0.004 * 32767

class Side {
  samples = new Int16Array(STRETCH)
  lastAudible = -1
  #energy = 0

  put(index, frame, value) {
    const sample = value === undefined ? 0 : Math.max(-1, Math.min(1, value)) * 32767
    this.samples[index] = sample
    this.#energy += sample * sample
    if ((index + 1) % BLOCK !== 0) return
    if (this.#energy > BLOCK * AUDIBLE_RMS ** 2) this.lastAudible = frame
    this.#energy = 0
  }

  take() {
    const { samples } = this
    this.samples = new Int16Array(STRETCH)
    return samples
  }
}

class Recorder extends AudioWorkletProcessor {
  #first = 0
  #filled = 0
  #sent = new Side()
  #received = new Side()

  process(inputs) {
    const sent = inputs[0][0]
    const received = inputs[1][0]
    for (let i = 0; i < 128; i++) {
      if (this.#filled === 0) this.#first = currentFrame + i
      this.#sent.put(this.#filled, currentFrame + i, sent?.[i])
      this.#received.put(this.#filled, currentFrame + i, received?.[i])
      this.#filled++
      if (this.#filled === STRETCH) this.#post()
    }
    return true
  }

  #post() {
    const lastAudible = { sent: this.#sent.lastAudible, received: this.#received.lastAudible }
    const sent = this.#sent.take()
    const received = this.#received.take()
    this.port.postMessage({ first: this.#first, sent, received, lastAudible }, [sent.buffer, received.buffer])
    this.#filled = 0
  }
}

registerProcessor('recorder', Recorder)
