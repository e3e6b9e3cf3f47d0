import { StageBuffer } from './stage-buffer.ts'

/** How long a part of the agent took to give its first result. */
export interface TimeToFirst {
  processor: 'stt' | 'llm' | 'tts'
  model: string
  ms: number
}

/** A stretch of speech between two breaths: its text and how much sound it became. */
export class Clause {
  readonly text: string
  readonly utterance: Utterance

  constructor(text: string, utterance: Utterance) {
    this.text = text
    this.utterance = utterance
  }
}

/** One thing the agent says: an answer, or an announcement such as the greeting. */
export class Utterance {
  readonly kind: 'answer' | 'announcement'
  readonly stages = new StageBuffer()
  /** What the user said, for an answer. */
  readonly question: string | null
  /** What the model has said so far, for an answer. */
  text = ''
  retrievedMs: number | null = null
  firstTokenMs: number | null = null
  firstClauseMs: number | null = null
  /** How long each part took to give its first result. */
  readonly timesToFirst: TimeToFirst[] = []
  /** The first thing that failed while it was made. */
  error: unknown = null
  cancelled = false
  textDone = false
  /** All of its sound has been made. */
  voiceDone = false
  readonly #taken = Promise.withResolvers<void>()

  constructor(question: string | null) {
    this.kind = question === null ? 'announcement' : 'answer'
    this.question = question
  }

  /** Resolves when a turn has taken it; until then it may be thrown away. */
  get taken(): Promise<void> {
    return this.#taken.promise
  }

  /** A turn takes it. */
  take(): void {
    this.#taken.resolve()
  }
}
