import { haveSameItems } from '@voxtrace/model'
import { timedSentences } from '../facade/sentences.ts'
import { beginningWithin, type Speech, type Voice } from '../facade/speech.ts'
import type { TurnView } from '../facade/turn-view.ts'
import type { SpokenText } from './heard.ts'

export function textName(turnSpanId: string, voice: Voice): string {
  return `${turnSpanId} ${voice}`
}

interface KnownText {
  text: string
  spoken: readonly Speech[]
  made: SpokenText
}

/** The words of each voice in each turn with their times, made anew only where a turn or its speech has changed. */
export class SpokenTexts {
  #known = new Map<string, KnownText>()
  #texts: Record<string, SpokenText> = {}

  /** By `textName`; the same as before where none has changed. */
  of(turns: readonly TurnView[], speech: readonly Speech[]): Record<string, SpokenText> {
    const before = this.#known
    this.#known = new Map()
    const texts: Record<string, SpokenText> = {}
    let kept = 0
    for (const [index, turn] of turns.entries()) {
      const nextMs = turns[index + 1]?.startMs ?? Number.POSITIVE_INFINITY
      const endMs = Math.min(turn.endMs ?? Number.POSITIVE_INFINITY, nextMs)
      const within = beginningWithin(speech, turn.startMs - 1, endMs)
      for (const voice of ['user', 'agent'] as const) {
        const text = voice === 'user' ? turn.userText : turn.agentText
        if (text === null) continue
        const name = textName(turn.spanId, voice)
        const spoken = within.filter((own) => own.voice === voice)
        const known = before.get(name)
        const isKnown = known?.text === text && haveSameItems(known.spoken, spoken)
        const made = isKnown
          ? known.made
          : { turnSpanId: turn.spanId, voice, sentences: timedSentences(text, spoken) }
        if (isKnown) kept++
        this.#known.set(name, { text, spoken, made })
        texts[name] = made
      }
    }
    if (kept !== this.#known.size || kept !== before.size) this.#texts = texts
    return this.#texts
  }
}
