import type { Sentence } from '../facade/sentences.ts'
import type { Voice } from '../facade/speech.ts'
import { Observable } from '../store/observable.ts'
import type { Player } from './player.ts'

/** The words of one voice in one turn, with their times. */
export interface SpokenText {
  turnSpanId: string
  voice: Voice
  sentences: readonly Sentence[]
}

/** What is heard at the needle: the turn, and the sentence as `turn voice index`. */
export interface Heard {
  turnSpanId: string | null
  sentence: string | null
}

export function sentenceName(turnSpanId: string, voice: Voice, index: number): string {
  return `${turnSpanId} ${voice} ${index}`
}

/** Follows the needle through the words; it changes only when another sentence or turn is reached. */
export class HeardStore extends Observable<Heard> {
  #texts: readonly SpokenText[] = []
  #turns: readonly { spanId: string; startMs: number; endMs: number | null }[] = []
  readonly #player: Player
  readonly #stop: () => void

  constructor(player: Player) {
    super({ turnSpanId: null, sentence: null })
    this.#player = player
    this.#stop = player.position.subscribe(() => this.#follow())
  }

  setTexts(
    turns: readonly { spanId: string; startMs: number; endMs: number | null }[],
    texts: readonly SpokenText[],
  ): void {
    this.#turns = turns
    this.#texts = texts
    this.#follow()
  }

  close(): void {
    this.#stop()
  }

  #follow(): void {
    const atMs = this.#player.now()
    const turnSpanId = this.#turns.findLast(({ startMs }) => startMs <= atMs + 0.5)?.spanId ?? null
    const sentence = this.#sentenceAt(atMs)
    const before = this.getState()
    if (before.turnSpanId !== turnSpanId || before.sentence !== sentence)
      this.setState({ turnSpanId, sentence })
  }

  #sentenceAt(atMs: number): string | null {
    for (const { turnSpanId, voice, sentences } of this.#texts) {
      const index = sentences.findIndex(
        ({ fromMs, toMs }) => fromMs !== null && toMs !== null && atMs >= fromMs && atMs < toMs,
      )
      if (index >= 0) return sentenceName(turnSpanId, voice, index)
    }
    return null
  }
}
