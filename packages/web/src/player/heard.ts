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

/** What is heard at the needle. */
interface Heard {
  turnSpanId: string | null
  /** The words that sound, and which of their sentences; null in silence. */
  words: { turnSpanId: string; voice: Voice; index: number } | null
}

/** Follows the needle through the words; it changes only when another sentence or turn is reached. */
export class HeardStore extends Observable<Heard> {
  #texts: readonly SpokenText[] = []
  #turns: readonly { spanId: string; startMs: number; endMs: number | null }[] = []
  readonly #player: Player
  readonly #stop: () => void

  constructor(player: Player) {
    super({ turnSpanId: null, words: null })
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

  /** Which sentence of a voice in a turn is heard; null when none is. */
  indexIn(turnSpanId: string, voice: Voice): number | null {
    const { words } = this.getState()
    return words?.turnSpanId === turnSpanId && words.voice === voice ? words.index : null
  }

  #follow(): void {
    const atMs = this.#player.now()
    const turnSpanId = this.#turns.findLast(({ startMs }) => startMs <= atMs + 0.5)?.spanId ?? null
    const words = this.#wordsAt(atMs)
    const before = this.getState()
    const isSame =
      before.turnSpanId === turnSpanId &&
      before.words?.turnSpanId === words?.turnSpanId &&
      before.words?.voice === words?.voice &&
      before.words?.index === words?.index
    if (!isSame) this.setState({ turnSpanId, words })
  }

  #wordsAt(atMs: number): Heard['words'] {
    for (const { turnSpanId, voice, sentences } of this.#texts) {
      const index = sentences.findIndex(
        ({ fromMs, toMs }) => fromMs !== null && toMs !== null && atMs >= fromMs && atMs < toMs,
      )
      if (index >= 0) return { turnSpanId, voice, index }
    }
    return null
  }
}
