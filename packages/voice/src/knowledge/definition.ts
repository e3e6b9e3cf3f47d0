import { sentences, stem, stopWords, words } from '@voxtrace/language'

const asking =
  /^(?:(?:so|and|ok|okay|please|um|uh|well|hi|hello|hey)\s+)*(?:(?:can|could) you (?:tell me|explain)\s+)?(?:what(?:'s| is| are| does| do)|who(?:'s| is)|define|explain|tell me about|describe)\s+(?:(?:a|an|the|is|are)\s+)*(.+?)(?:\s+(?:mean|is|are|do|for|in \w+))?$/

/** The stems of what a question asks to have explained ("what is a turn"), or null when it asks something else. */
export function definedSubject(question: string): string[] | null {
  const subject = asking.exec(words(question).join(' '))?.[1]
  const asked = subject?.split(' ') ?? []
  return asked.length > 0 && asked.length <= 4 ? asked.map(stem) : null
}

const opening =
  /^[\s\-*+•#>_`]*(?:(?:an?|the)\s+)?([^:]{1,80}?)[*_`]*(\s(?:is|are)\s(?:an?|the|one)\b|:|(?=\s(?:means?|provides?|refers?)\b))/iu

/**
 * How well a sentence explains a subject: 1 when it begins with it and `is a` or `are the` follows, or a colon in
 * an entry of a list; a half with `means`, `provides` or another colon; else 0. One more word may stand before it (`Modal Volumes are a …`).
 */
export function explanation(sentence: string, subject: readonly string[]): number {
  const found = explained(sentence)
  if (!found) return 0
  const before = found.named.length - subject.length
  const same = (before === 0 || before === 1) && subject.every((word, i) => word === found.named[before + i])
  return same ? found.weight : 0
}

/** Which texts explain a subject, and how well: as the sentence does, and as much again when it is the first. */
export class DefinitionIndex {
  readonly #weights = new Map<string, Map<number, number>>()

  constructor(texts: readonly string[]) {
    texts.forEach((text, position) => {
      sentences(text).forEach((sentence, order) => {
        const found = explained(sentence)
        if (!found || found.named.length > 5) return
        const weight = found.weight * (order === 0 ? 1 : 0.5)
        this.#add(found.named, position, weight)
        if (found.named.length > 1) this.#add(found.named.slice(1), position, weight)
      })
    })
  }

  /** Positions of the texts that explain a subject, each with a weight from 0 to 1. */
  weights(subject: readonly string[]): ReadonlyMap<number, number> {
    return this.#weights.get(subject.join(' ')) ?? new Map()
  }

  #add(named: readonly string[], position: number, weight: number): void {
    const key = named.join(' ')
    const weights = this.#weights.get(key) ?? new Map<number, number>()
    this.#weights.set(key, weights.set(position, Math.max(weight, weights.get(position) ?? 0)))
  }
}

function explained(sentence: string): { named: string[]; weight: number } | null {
  const match = opening.exec(sentence)
  const all = words(match?.[1] ?? '')
  const [first = ''] = all
  const named = (all.length > 1 && stopWords.has(first) ? [] : all).map(stem)
  const entry = match?.[2] === ':' && /^\s*(?:[-*+•]|`|_)/.test(sentence)
  const plain = /^\s/.test(match?.[2] ?? '')
  return match && named.length > 0 ? { named, weight: entry || plain ? 1 : 0.5 } : null
}
