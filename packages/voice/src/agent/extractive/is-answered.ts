import { contentWords } from '@voxtrace/language'
import type { ScoredPassage } from '../../knowledge/knowledge.ts'
import { terms } from '../../knowledge/lexical-index.ts'
import { questionHeading } from '../../knowledge/question-heading.ts'
import { type RankedSentence, similarityTo } from './rank-sentences.ts'

/**
 * What a passage needs to hold an answer: `score`, cosine similarity, more of it for a question of a single word that
 * means something; `passage`, similarity and 0.6 of the share of the question's words it has, added; `sentence`, the
 * share of them that its best sentence has, with its heading.
 */
const enough = { score: 0.25, singleWordScore: 0.4, passage: 0.75, sentence: 0.35 }
/**
 * The same where the heading is a question, as two questions are more similar. `shared` is the share of the words
 * beside the subject that it and its answer have: fewer suffice from the similarity `reworded` on, and none is needed
 * from `same` on when the question has none. A yes or no answers exactly what was asked, so it needs nearly all.
 */
const enoughOfQuestion = {
  score: 0.55,
  singleWordScore: 0.68,
  shared: 0.5,
  sharedOfYesOrNo: 0.75,
  sharedOfReworded: 0.2,
  reworded: 0.75,
  same: 0.85,
}

/** Whether the passages are about the question, by meaning and by words, and a sentence of them has its words. */
export function isAnswered(
  query: string,
  passages: readonly ScoredPassage[],
  ranked: readonly RankedSentence[],
  subject: string | null,
): boolean {
  const [best] = ranked
  if (!best) return false
  if (best.defines) return true
  if (questionHeading(best.passage)) return asksTheSame(query, best.passage, subject)
  if (best.coverage < enough.sentence || saysNothingBut(subject, query, best.passage)) return false
  const least = isOneWord(query) ? enough.singleWordScore : enough.score
  return passages.some((passage) => {
    const similarity = similarityTo(query, passage)
    const has = similarity + 0.6 * (passage.coverage ?? 0) >= enough.passage
    return !questionHeading(passage) && similarity >= least && has
  })
}

/** Without the answers to other questions than this. */
export function withoutOtherQuestions(
  query: string,
  ranked: readonly RankedSentence[],
  subject: string | null,
): readonly RankedSentence[] {
  const defining = new Set(ranked.filter(({ defines }) => defines).map(({ rank }) => rank))
  return ranked.filter(
    ({ passage, rank }) =>
      !questionHeading(passage) || defining.has(rank) || asksTheSame(query, passage, subject),
  )
}

/** Whether the question above a passage is the one that was asked. */
function asksTheSame(query: string, passage: ScoredPassage, subject: string | null): boolean {
  const similarity = similarityTo(query, passage)
  const asked = [...weightsOf(query, passage)].filter(([term]) => !terms(subject ?? '').includes(term))
  if (asked.length === 0) return similarity >= enoughOfQuestion.same
  const has = new Set(terms(`${questionHeading(passage)} ${passage.text}`))
  const sum = (of: typeof asked) => of.reduce((total, [, weight]) => total + weight, 0)
  const shared = sum(asked.filter(([term]) => has.has(term))) / sum(asked)
  const least = isOneWord(query) ? enoughOfQuestion.singleWordScore : enoughOfQuestion.score
  return (
    shared >= sharedEnough(passage, similarity) &&
    similarity >= least &&
    similarity + 0.6 * shared >= enough.passage
  )
}

function sharedEnough({ text }: ScoredPassage, similarity: number): number {
  const { shared, sharedOfReworded, sharedOfYesOrNo, reworded } = enoughOfQuestion
  if (/^(?:yes|no)\b/i.test(text)) return sharedOfYesOrNo
  return similarity >= reworded ? sharedOfReworded : shared
}

function weightsOf(query: string, { queryTerms }: ScoredPassage): ReadonlyMap<string, number> {
  return queryTerms ?? new Map(terms(query).map((term) => [term, 1]))
}

/** Whether only the subject is left of a question: "how old is Voxtrace". */
function saysNothingBut(subject: string | null, query: string, passage: ScoredPassage): boolean {
  const own = terms(subject ?? '')
  return own.length > 0 && [...weightsOf(query, passage).keys()].every((term) => own.includes(term))
}

function isOneWord(query: string): boolean {
  return new Set(contentWords(query)).size < 2
}
