import type { Synthesizer } from '../synthesizer.ts'
import { clientOf, type Endpoint } from './endpoint.ts'

export interface VoiceEndpoint extends Endpoint {
  voice?: string
}

/** The rate of OpenAI's `pcm` format: 24 kHz, mono, signed 16 bit, little-endian. */
const sampleRate = 24_000
const defaultVoice = 'alloy'

/** Speaks with `POST /audio/speech` of an OpenAI-compatible endpoint, giving the sound as it comes. */
export function openAiSynthesizer(endpoint: VoiceEndpoint, timeoutMs: number): Synthesizer {
  const client = clientOf(endpoint, timeoutMs)
  return {
    model: endpoint.model,
    async *synthesize(text, _owner, signal) {
      const answer = await client.audio.speech.create(
        {
          model: endpoint.model,
          voice: endpoint.voice ?? defaultVoice,
          input: text,
          response_format: 'pcm',
        },
        { signal },
      )
      const type = answer.headers.get('content-type') ?? ''
      if (/json|html|text/.test(type))
        throw new Error(`the speech endpoint ${endpoint.baseUrl} answered ${type} instead of sound`)
      if (!answer.body) throw new Error(`the speech endpoint ${endpoint.baseUrl} answered without a body`)
      let odd: number | null = null
      let total = 0
      for await (const bytes of answer.body) {
        const whole: Uint8Array = odd === null ? bytes : Uint8Array.of(odd, ...bytes)
        odd = whole.length % 2 ? (whole.at(-1) ?? null) : null
        const view = new DataView(whole.buffer, whole.byteOffset, whole.byteLength)
        const samples = new Int16Array(whole.length >> 1)
        for (let index = 0; index < samples.length; index++) samples[index] = view.getInt16(index * 2, true)
        total += samples.length
        if (samples.length > 0) yield { samples, sampleRate }
      }
      if (total === 0) throw new Error(`the speech endpoint ${endpoint.baseUrl} answered without sound`)
    },
    async close() {},
  }
}
