import { sentences, words } from '@voxtrace/language'
import type { ScoredPassage } from '../../knowledge/knowledge.ts'
import { questionHeading } from '../../knowledge/question-heading.ts'
import { speakable } from './speakable.ts'

const fewestWords = 4
const mostWords = 38

/** A sentence that can be said, and where it stands. */
export interface CandidateSentence {
  /** As it is written. */
  written: string
  spoken: string
  /** Words of the spoken form. */
  length: number
  /** Position of its passage among those retrieved. */
  rank: number
  /** Position in its passage. */
  position: number
  /** Whether it is the first of its passage that can be said. */
  first: boolean
  passage: ScoredPassage
}

/**
 * The sentences of passages that can be said aloud: prose and list items of some words, without code and tables. A
 * sentence that leads to a list is said with the first of its items.
 */
export function candidateSentences(passages: readonly ScoredPassage[]): CandidateSentence[] {
  const found: CandidateSentence[] = []
  const seen = new Set<string>()
  passages.forEach((passage, rank) => {
    const all = sentences(withoutTables(passage.text))
    let first = true
    all.forEach((written, position) => {
      if (!isProse(written)) return
      const spoken = leads(written) ? withItems(written, all.slice(position + 1)) : speakable(written)
      const length = words(spoken).length
      const few = questionHeading(passage) ? 1 : fewestWords
      if (length < few || length > mostWords || seen.has(spoken)) return
      seen.add(spoken)
      found.push({ written, spoken, length, rank, position, first, passage })
      first = false
    })
  })
  return found
}

/** The cells of a table are no sentences, though full stops may stand in them. */
function withoutTables(text: string): string {
  return text.replace(/^[ \t]*\|.*$/gm, '')
}

const item = /^\s*(?:[-*+•]|\d{1,3}[.)])\s/u

function leads(sentence: string): boolean {
  return /:$/.test(sentence.trim().replace(/[*_`]+$/, ''))
}

/** A sentence such as "It lets you:" with the items after it; empty when no list follows or it is too long to say. */
function withItems(lead: string, following: readonly string[]): string {
  const items: string[] = []
  let length = words(lead).length
  for (const sentence of following) {
    if (!item.test(sentence) || !isProse(sentence)) break
    const spoken = speakable(sentence).replace(/[.!?]$/, '')
    length += words(spoken).length
    if (items.length === 4 || length > mostWords) break
    items.push(spoken.replace(/^\p{Lu}(?=\p{Ll})/u, (letter) => letter.toLowerCase()))
  }
  const last = items.pop()
  if (last === undefined) return ''
  const start = speakable(lead).replace(/\.$/, '')
  return items.length === 0 ? `${start} ${last}.` : `${start} ${items.join(', ')}, and ${last}.`
}

/** Whether a sentence is language: no code block, heading, or quoted message. */
function isProse(sentence: string): boolean {
  const text = sentence.trim()
  if (/^(?:```|~~~|\||#{1,6}\s|@|import |from \w+ import)/.test(text)) return false
  if (/^[*_]*["“][^"”]*["”][*_]*$/u.test(text)) return false
  const symbols = text.replace(/`[^`]*`/g, '').match(/[{}[\]<>=;|\\]/g)?.length ?? 0
  const coded = Array.from(text.matchAll(/`([^`]*)`/g)).reduce(
    (sum, match) => sum + (match[1]?.length ?? 0),
    0,
  )
  return symbols <= 3 && coded < text.length * 0.35
}
