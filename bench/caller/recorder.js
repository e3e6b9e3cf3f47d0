/**
 * Records two inputs on one clock: input 0 is what the caller sends, input 1 what the caller hears. Posts stretches of
 * 480 samples with the frame number at which they begin.
 */
const STRETCH = 480

class Recorder extends AudioWorkletProcessor {
  #first = 0
  #filled = 0
  #sent = new Int16Array(STRETCH)
  #received = new Int16Array(STRETCH)

  process(inputs) {
    const sent = inputs[0][0]
    const received = inputs[1][0]
    for (let i = 0; i < 128; i++) {
      if (this.#filled === 0) this.#first = currentFrame + i
      this.#sent[this.#filled] = sent ? Math.max(-1, Math.min(1, sent[i])) * 32767 : 0
      this.#received[this.#filled] = received ? Math.max(-1, Math.min(1, received[i])) * 32767 : 0
      this.#filled++
      if (this.#filled === STRETCH) this.#post()
    }
    return true
  }

  #post() {
    this.port.postMessage({ first: this.#first, sent: this.#sent, received: this.#received }, [
      this.#sent.buffer,
      this.#received.buffer,
    ])
    this.#sent = new Int16Array(STRETCH)
    this.#received = new Int16Array(STRETCH)
    this.#filled = 0
  }
}

registerProcessor('recorder', Recorder)
