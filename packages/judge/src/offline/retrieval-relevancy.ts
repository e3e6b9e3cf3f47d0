import { inverseDocumentFrequency, sentences } from '@voxtrace/language'
import type { Judgement } from '../judgement.ts'
import type { Subject } from '../subject.ts'
import { mayBeEnglish } from './claims.ts'
import { along, notJudged, percent, quote, scored } from './finding.ts'
import { sentencesNear, sourceOf, stems } from './passages.ts'
import type { Similarity } from './similarity.ts'

const comparedSentences = 8
const fewestOwnWords = 3

/** Where similarity begins to tell, and where a sentence says what was asked. */
const similarityShare = [
  [0.2, 0],
  [0.7, 1],
] as const

/**
 * Scores by the best similarity of a document's sentence to the question and by the share of the question's words,
 * weighted by rarity, that the documents hold. A question too short to stand alone ("And in Python?") is also
 * compared together with what the user said before, and the better of the two counts.
 */
export async function judgeRetrievalRelevancy(subject: Subject, similarity: Similarity): Promise<Judgement> {
  const questions = questionsOf(subject)
  if (questions.length === 0) return notJudged('The user asked for nothing that documents could hold.')
  if (!mayBeEnglish(subject.question)) return notJudged('The offline judge reads English only.')
  const compared = await Promise.all(questions.map((question) => compare(question, subject, similarity)))
  const best = compared.reduce((a, b) => (b.share > a.share ? b : a))
  return scored({
    score: 1 + 4 * best.share,
    confidence: 'low',
    evidence: [
      best.sentence === null
        ? 'The documents hold no sentence to compare.'
        : `The nearest sentence of the documents is ${quote(best.sentence)}, similarity ${best.similarity.toFixed(2)}.`,
      `The documents hold ${percent(best.words)} of the question’s words of substance, weighted by rarity.`,
    ],
    trust:
      'Both tell whether the documents are about the question; whether the answer is in them they do not tell.',
    signals: { similarity: best.similarity, words: best.words },
  })
}

interface Comparison {
  share: number
  similarity: number
  words: number
  sentence: string | null
}

async function compare(question: string, subject: Subject, similarity: Similarity): Promise<Comparison> {
  const near = sentencesNear(question, subject.documents, comparedSentences)
  const closest = await similarity.closest([question], near)
  const words = wordShare(question, subject)
  const meaning = closest === null ? 0 : along(similarityShare, closest.similarity)
  return {
    share: (meaning + words) / 2,
    similarity: closest?.similarity ?? 0,
    words,
    sentence: closest?.candidate ?? null,
  }
}

function wordShare(question: string, subject: Subject): number {
  const source = sourceOf(subject.documents)
  const { weight } = inverseDocumentFrequency(sentences(source), stems)
  const held = new Set(stems(source))
  let total = 0
  let found = 0
  for (const word of new Set(stems(question))) {
    total += weight(word)
    if (held.has(word)) found += weight(word)
  }
  return total > 0 ? found / total : 0
}

function questionsOf(subject: Subject): string[] {
  const own = stems(subject.question).length
  const before = subject.history.findLast((utterance) => utterance.speaker === 'user')?.text
  const questions = own > 0 ? [subject.question] : []
  if (own < fewestOwnWords && before !== undefined && stems(before).length > 0) {
    questions.push(`${before} ${subject.question}`)
  }
  return questions
}
