import { sentences, words } from '@voxtrace/language'
import type { ScoredPassage } from '../../knowledge/knowledge.ts'
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
  passage: ScoredPassage
  listItem: boolean
}

/** The sentences of passages that can be said aloud: prose and list items of some words, without code and tables. */
export function candidateSentences(passages: readonly ScoredPassage[]): CandidateSentence[] {
  const found: CandidateSentence[] = []
  const seen = new Set<string>()
  passages.forEach((passage, rank) => {
    sentences(passage.text).forEach((sentence, position) => {
      if (!isProse(sentence)) return
      const spoken = speakable(sentence)
      const length = words(spoken).length
      if (length < fewestWords || length > mostWords || seen.has(spoken)) return
      seen.add(spoken)
      const listItem = /^\s*(?:[-*+•]|\d{1,3}[.)])\s/u.test(sentence)
      found.push({ written: sentence, spoken, length, rank, position, passage, listItem })
    })
  })
  return found
}

/** Whether a sentence is language: no code block, table row, heading, or line that leads to what is not said. */
function isProse(sentence: string): boolean {
  const text = sentence.trim()
  if (/^(?:```|~~~|\||#{1,6}\s|@|import |from \w+ import)/.test(text)) return false
  if (/:$/.test(text.replace(/[*_`]+$/, ''))) return false
  const symbols = text.replace(/`[^`]*`/g, '').match(/[{}[\]<>=;|\\]/g)?.length ?? 0
  const coded = Array.from(text.matchAll(/`([^`]*)`/g)).reduce(
    (sum, match) => sum + (match[1]?.length ?? 0),
    0,
  )
  return symbols <= 3 && coded < text.length * 0.5
}
