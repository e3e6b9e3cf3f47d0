import { voxtrace } from '@voxtrace/model'
import type { Transcript, TranscriptionFailure } from '../speech/recognition.ts'
import { type TurnMoments, turnLatency } from './latency.ts'
import type { ConversationRecorder, StageRecorder, TurnRecorder, TurnSummary } from './recorder.ts'
import type { TimeToFirst, Utterance } from './utterance.ts'

const { attributes, spanNames } = voxtrace

export type TurnKind = 'greeting' | 'voice' | 'text'

/** How a turn came out. */
interface TurnResult {
  /** What was heard of the agent. */
  heard: string | null
  interrupted: boolean
  /** How long sound took from the user to the bot and back; null when it was not measured. */
  roundTripMs: number | null
}

/**
 * One exchange, from the user's first word to the end of the agent's answer.
 *
 * States: open (the user speaks, or may go on), committed (the agent is to answer), ended. A greeting begins
 * committed. What is recorded after the end is dropped.
 */
export class Turn {
  readonly number: number
  readonly kind: TurnKind
  readonly #recorder: TurnRecorder
  readonly #sttModel: string
  readonly #moments: TurnMoments = {
    speechEndMs: null,
    speechEndDetectedMs: null,
    transcriptReadyMs: null,
    committedMs: null,
    retrievedMs: null,
    firstTokenMs: null,
    firstClauseMs: null,
    firstAudibleMs: null,
  }
  readonly #said: string[] = []
  #sttLatencyMs: number | null = null
  #userText: string | null = null
  #speech: StageRecorder | null = null
  #agentSpeech: StageRecorder | null = null
  #utterance: Utterance | null = null
  #heard: string | null = null
  #error: unknown = null
  #ended = false

  constructor(options: {
    number: number
    kind: TurnKind
    startMs: number
    recorder: ConversationRecorder
    sttModel: string
  }) {
    this.number = options.number
    this.kind = options.kind
    this.#sttModel = options.sttModel
    this.#recorder = options.recorder.turn(options.number, options.startMs)
    if (options.kind === 'greeting') this.#moments.committedMs = options.startMs
  }

  get committed(): boolean {
    return this.#moments.committedMs !== null
  }

  get ended(): boolean {
    return this.#ended
  }

  get audible(): boolean {
    return this.#moments.firstAudibleMs !== null
  }

  get utterance(): Utterance | null {
    return this.#utterance
  }

  /** What the user said so far, the final parts of it. */
  get userText(): string {
    return this.#userText ?? this.#said.join(' ')
  }

  /** How long the parts of the agent took to give their first results. */
  get timesToFirst(): readonly TimeToFirst[] {
    const heard: TimeToFirst[] =
      this.#sttLatencyMs === null ? [] : [{ processor: 'stt', model: this.#sttModel, ms: this.#sttLatencyMs }]
    return [...heard, ...(this.#utterance?.timesToFirst ?? [])]
  }

  speechStarted(startMs: number): void {
    this.#speech?.end(startMs)
    this.#speech = this.#recorder.stage(spanNames.userSpeech, startMs)
  }

  speechEnded(endMs: number, detectedMs: number): void {
    this.#speech?.end(endMs)
    this.#speech = null
    this.#moments.speechEndMs = endMs
    this.#moments.speechEndDetectedMs = detectedMs
  }

  /** Takes a final transcript. */
  transcribed(transcript: Transcript): void {
    const { text, raw, requestedMs, readyMs, audioMs } = transcript
    if (text) this.#said.push(text)
    this.#moments.transcriptReadyMs = readyMs
    const { speechEndMs } = this.#moments
    this.#sttLatencyMs = readyMs - Math.min(speechEndMs ?? requestedMs, requestedMs)
    this.#recorder
      .stage(spanNames.speechToText, requestedMs, {
        attributes: { [attributes.sttModel]: this.#sttModel, [attributes.sttAudioMs]: audioMs },
      })
      .end(readyMs, {
        outputs: { transcript: text },
        attributes: {
          [attributes.sttRawTranscript]: raw,
          [attributes.sttLatencyMs]: this.#sttLatencyMs,
        },
      })
  }

  transcriptionFailed({ error, requestedMs, failedMs, audioMs }: TranscriptionFailure): void {
    this.#error ??= error
    this.#recorder
      .stage(spanNames.speechToText, requestedMs, {
        attributes: { [attributes.sttModel]: this.#sttModel, [attributes.sttAudioMs]: audioMs },
      })
      .end(failedMs, { error })
  }

  /** The user has finished. */
  commit(committedMs: number, text: string): void {
    if (this.committed) return
    this.#userText = text
    this.#moments.committedMs = committedMs
    const { speechEndMs } = this.#moments
    if (speechEndMs !== null) this.#recorder.stage(spanNames.endOfUtterance, speechEndMs).end(committedMs)
  }

  /** Takes what the agent will say; a thrown-away earlier utterance is forgotten. */
  adopt(utterance: Utterance): void {
    this.#utterance = utterance
    utterance.stages.attach(this.#recorder)
  }

  heardFrom(atMs: number): void {
    this.#moments.firstAudibleMs ??= atMs
    this.#agentSpeech ??= this.#recorder.stage(spanNames.agentSpeech, atMs)
  }

  /** Ends the turn. Null when it has ended before. */
  end(endMs: number, result: TurnResult): TurnSummary | null {
    if (this.#ended) return null
    this.#ended = true
    this.#heard = result.heard
    this.#speech?.end(endMs)
    this.#agentSpeech?.end(endMs, { outputs: { text: result.heard ?? '' } })
    const utterance = this.#utterance
    const moments = {
      ...this.#moments,
      retrievedMs: utterance?.retrievedMs ?? null,
      firstTokenMs: utterance?.firstTokenMs ?? null,
      firstClauseMs: utterance?.firstClauseMs ?? null,
    }
    const latency = turnLatency(moments, result.roundTripMs)
    const summary: TurnSummary = {
      userText: this.kind === 'greeting' ? null : this.userText || null,
      agentText: this.#heard,
      interrupted: result.interrupted,
      voiceToVoiceMs: latency.voiceToVoiceMs,
      parts: latency.parts,
      error: this.#error ?? utterance?.error ?? null,
    }
    this.#recorder.end(endMs, summary)
    return summary
  }
}
