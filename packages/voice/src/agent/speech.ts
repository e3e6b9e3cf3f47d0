import { AudioFrame } from '@livekit/rtc-node'
import { voxtrace } from '@voxtrace/model'
import { splitClauses } from '../speech/clauses.ts'
import type { Synthesizer } from '../speech/synthesizer.ts'
import { apologies } from './apologies.ts'
import { nowMs } from './clock.ts'
import { clauseKey } from './speaker-output.ts'
import { Clause, type Utterance } from './utterance.ts'

const { attributes, spanNames } = voxtrace
/** So much of an answer is made ahead: more may be thrown away, and work for nothing makes others wait. */
const aheadMs = 1_000

export interface SpeechOptions {
  owner: string
  synthesizer: Synthesizer
  /** Speaks the apology when the voice itself fails; the same as `synthesizer` when there is no other. */
  fallback: Synthesizer
  /** Milliseconds without sound after which a voice is given up. */
  timeoutMs: number
  onFailure(what: string, error: unknown): void
}

/** The sound of one clause, recorded as a stage. Throws what the voice failed with, unless aborted. */
async function* speakClause(
  clause: Clause,
  synthesizer: Synthesizer,
  options: SpeechOptions,
  signal: AbortSignal,
): AsyncGenerator<AudioFrame> {
  const startMs = nowMs()
  const stage = clause.utterance.stages.stage(spanNames.textToSpeech, startMs, {
    inputs: { text: clause.text },
    attributes: { [attributes.ttsModel]: synthesizer.model },
  })
  const late = new AbortController()
  const giveUp = () =>
    setTimeout(
      () => late.abort(new Error(`the voice gave no sound within ${options.timeoutMs} ms`)),
      options.timeoutMs,
    )
  let timer = giveUp()
  let audioMs = 0
  let firstMs: number | null = null
  let failure: unknown = null
  try {
    const sound = synthesizer.synthesize(clause.text, options.owner, AbortSignal.any([signal, late.signal]))
    for await (const { samples, sampleRate } of sound) {
      clearTimeout(timer)
      if (signal.aborted) break
      if (firstMs === null) {
        firstMs = nowMs()
        const { timesToFirst } = clause.utterance
        if (!timesToFirst.some(({ processor }) => processor === 'tts'))
          timesToFirst.push({ processor: 'tts', model: synthesizer.model, ms: firstMs - startMs })
      }
      audioMs += (samples.length / sampleRate) * 1000
      yield new AudioFrame(samples, sampleRate, 1, samples.length, { [clauseKey]: clause })
      timer = giveUp()
    }
  } catch (error) {
    if (!signal.aborted) failure = late.signal.aborted ? late.signal.reason : error
  } finally {
    clearTimeout(timer)
    const measured: Record<string, unknown> = {}
    if (firstMs !== null) {
      measured[attributes.ttsTtfbMs] = firstMs - startMs
      measured[attributes.ttsAudioMs] = audioMs
    }
    stage.end(nowMs(), failure ? { attributes: measured, error: failure } : { attributes: measured })
  }
  if (failure) throw failure
}

/**
 * Speaks text as it comes, clause by clause. A voice that fails is replaced by a spoken apology, and what was
 * still to be said is left out.
 */
export async function* speak(
  text: AsyncIterable<string>,
  utterance: Utterance,
  signal: AbortSignal,
  options: SpeechOptions,
): AsyncGenerator<AudioFrame> {
  const aborted = new Promise<void>((resolve) =>
    signal.addEventListener('abort', () => resolve(), { once: true }),
  )
  let madeMs = 0
  try {
    for await (const part of splitClauses(text)) {
      utterance.firstClauseMs ??= nowMs()
      if (madeMs >= aheadMs) await Promise.race([utterance.taken, aborted])
      if (signal.aborted) return
      try {
        const clause = new Clause(part, utterance)
        for await (const frame of speakClause(clause, options.synthesizer, options, signal)) {
          madeMs += (frame.samplesPerChannel / frame.sampleRate) * 1000
          yield frame
        }
      } catch (error) {
        utterance.error ??= error
        options.onFailure('voice', error)
        yield* apologise(utterance, signal, options)
        return
      }
    }
  } finally {
    utterance.voiceDone = true
  }
}

async function* apologise(
  utterance: Utterance,
  signal: AbortSignal,
  options: SpeechOptions,
): AsyncGenerator<AudioFrame> {
  try {
    yield* speakClause(new Clause(apologies.noVoice, utterance), options.fallback, options, signal)
  } catch (error) {
    options.onFailure('voice of the apology', error)
  }
}
