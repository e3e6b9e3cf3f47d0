import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

let program: WebAssembly.Module | null = null

function compiled(): WebAssembly.Module {
  const path = createRequire(import.meta.url).resolve('minimp3-wasm/dist/decoder.opt.wasm')
  program ??= new WebAssembly.Module(readFileSync(path))
  return program
}

/** Decodes the frames of one stream, in order. */
export class Mp3Decoder {
  #exports = started()

  /** The samples of each channel; null when the frame is damaged, or draws on frames before it that are not there. */
  decode(frame: Buffer, channels: number): Float32Array[] | null {
    try {
      this.#call('decoder_set_mp3_data_size', frame.length)
      new Uint8Array(this.#memory, this.#call('decoder_mp3_data_offset'), frame.length).set(frame)
      this.#call('decoder_decode', -1)
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError)) throw error
      this.#exports = started()
      return null
    }
    const count = this.#call('decoder_pcm_data_size') / 2 / channels
    if (count === 0) return null
    const decoded = new Int16Array(this.#memory, this.#call('decoder_pcm_data_offset'), count * channels)
    return Array.from({ length: channels }, (_, channel) => {
      const own = new Float32Array(count)
      for (let index = 0; index < count; index++)
        own[index] = (decoded[index * channels + channel] ?? 0) / 0x8000
      return own
    })
  }

  get #memory(): ArrayBuffer {
    const { memory } = this.#exports
    if (memory instanceof WebAssembly.Memory) return memory.buffer
    throw new Error('The MP3 decoder has no memory.')
  }

  #call(name: string, ...values: number[]): number {
    const exported = this.#exports[name]
    if (typeof exported !== 'function') throw new Error(`The MP3 decoder has no ${name}.`)
    return Number(exported(...values))
  }
}

function started(): Record<string, unknown> {
  const { exports } = new WebAssembly.Instance(compiled())
  if (typeof exports.decoder_init === 'function') exports.decoder_init()
  return exports
}
