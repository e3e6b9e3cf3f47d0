import { toFile } from 'openai'
import type { Transcriber } from '../transcriber.ts'
import { encodeWav } from '../wav.ts'
import { clientOf, type Endpoint } from './endpoint.ts'

/** Longer than Moonshine's, because each attempt is a request that somebody pays for. */
const eagerSilenceMs = 160

/** Transcribes with `POST /audio/transcriptions` of an OpenAI-compatible endpoint. */
export function openAiTranscriber(endpoint: Endpoint, timeoutMs: number): Transcriber {
  const client = clientOf(endpoint, timeoutMs)
  return {
    model: endpoint.model,
    eagerSilenceMs,
    async transcribe(samples, _owner, signal) {
      const wav = encodeWav({ samples, sampleRate: 16_000 })
      const answer: unknown = await client.audio.transcriptions.create(
        { model: endpoint.model, file: await toFile(wav, 'speech.wav', { type: 'audio/wav' }) },
        { signal },
      )
      if (typeof answer === 'object' && answer && 'text' in answer && typeof answer.text === 'string')
        return answer.text.trim()
      throw new Error(`the transcription endpoint ${endpoint.baseUrl} answered without a text`)
    },
    async close() {},
  }
}
