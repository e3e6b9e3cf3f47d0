import { inverseDocumentFrequency, stem } from '@voxtrace/language'
import { definedSubject, explanation } from '../../knowledge/definition.ts'
import type { ScoredPassage } from '../../knowledge/knowledge.ts'
import { terms } from '../../knowledge/lexical-index.ts'
import { nearTerm } from '../../knowledge/near-term.ts'
import { questionHeading, questionLikeness } from '../../knowledge/question-heading.ts'
import type { CandidateSentence } from './candidate-sentences.ts'

export interface RankedSentence extends CandidateSentence {
  score: number
  /** Share of the question's words, weighted by rarity, that the sentence and its heading have, 0 to 1. */
  coverage: number
  /** Whether it explains what the question asks to have explained. */
  defines: boolean
  /** Whether it leans on the sentence before it. */
  leans: boolean
}

/** Words by which one asks, and which say nothing about what is asked for. */
const asksHow = new Set(['use', 'work', 'happen'].map(stem))
const leaning =
  /^(?:this|that|these|those|it|its|they|them|their|however|also|but|and|so|then|generally|otherwise|instead|additionally|moreover|furthermore|as shown|as above|the above|similarly|likewise|finally|once|here|there|he|she|such|note that this)\b/i
const illustrating = /^(?:for example|for instance|e\.g)\b/i
const narrating =
  /^(?:note that )?(?:we|we'll|let's|let us|now|i|our|first|next|in this (?:example|guide|tutorial))\b/i
const pointing =
  /\b(?:above|below|following|see|snippet|shown here|this example|this guide|this page|this section|this tutorial)\b/i

/**
 * Ranks sentences by how well they answer a question on their own: the weight of its words they have, half as much
 * for words that only their heading has, how close their passage is, and whether they have the form the question asks
 * for. The first sentence under a question has the words of the question. Sentences that lean on what stands before
 * them lose.
 */
export function rankSentences(question: string, candidates: readonly CandidateSentence[]): RankedSentence[] {
  const weights = candidates[0]?.passage.queryTerms ?? localWeights(question, candidates)
  const asked = [...weights].filter(([term]) => weights.size === 1 || !asksHow.has(term))
  const total = asked.reduce((sum, [, weight]) => sum + weight, 0) || 1
  const form = formAsked(question)
  const subject = definedSubject(question)
  const ranked = candidates.map((candidate) => {
    const said = new Set(terms(candidate.spoken))
    const heading = candidate.first ? questionHeading(candidate.passage) : null
    const answers = heading !== null
    const asksFor = new Set(terms(heading ?? ''))
    const titled = new Set(terms(candidate.passage.title))
    let own = 0
    let coverage = 0
    for (const [term, share] of asked) {
      const weight = share / total
      if (said.has(term) || asksFor.has(term)) own += weight
      if (said.has(term) || titled.has(term)) coverage += weight
    }
    const explains = subject ? explanation(candidate.written, subject) : 0
    const leans = !answers && leaning.test(candidate.spoken)
    const score =
      own +
      0.4 * (coverage - own) +
      0.5 * (candidate.passage.score ?? candidate.passage.coverage ?? 0) +
      0.12 / (1 + candidate.rank) +
      0.1 / (1 + candidate.position) +
      (answers || form?.test(candidate.spoken) ? 0.35 : 0) +
      (answers ? 0.5 * similarityTo(question, candidate.passage) : 0) +
      (answers && asksAlike(question, candidate.passage) ? 0.1 : 0) +
      0.6 * explains -
      (leans ? 0.15 : 0) -
      (illustrating.test(candidate.spoken) ? 0.3 : 0) -
      (!answers && narrating.test(candidate.spoken) ? 0.25 : 0) -
      (!answers && pointing.test(candidate.spoken) ? 0.15 : 0) -
      (!answers && candidate.length < 6 ? 0.15 : 0) -
      (candidate.length > 28 ? 0.1 : 0) -
      (candidate.spoken.endsWith('?') ? 0.4 : 0)
    return { ...candidate, score, coverage, defines: explains > 0, leans }
  })
  return ranked.sort((a, b) => b.score - a.score)
}

/** What having all of a question's words counts for while there is no similarity: too little where that is one word. */
const unembedded = 0.38

/** Cosine similarity; what stands in for it while a passage is not embedded. */
export function similarityTo(query: string, passage: ScoredPassage): number {
  if (passage.score !== null) return passage.score
  const heading = questionHeading(passage)
  return heading ? questionLikeness(query, heading) : unembedded * (passage.coverage ?? 0)
}

const interrogative = /\b(?:why|how|who|where|when|what|which|can|does|do|is)\b/i

/** Whether the question above a passage begins as this one does: a why is answered under a why. */
function asksAlike(question: string, passage: ScoredPassage): boolean {
  const asked = (text: string) => interrogative.exec(text)?.[0].toLowerCase().replace('which', 'what')
  return asked(question) !== undefined && asked(question) === asked(questionHeading(passage) ?? '')
}

/** The question's terms, weighted by their rarity among the candidates alone. */
function localWeights(question: string, candidates: readonly CandidateSentence[]): Map<string, number> {
  const frequencies = new Map<string, number>()
  for (const { spoken, passage } of candidates) {
    for (const term of terms(`${spoken} ${passage.title}`))
      frequencies.set(term, (frequencies.get(term) ?? 0) + 1)
  }
  const known = (term: string) => (frequencies.has(term) ? term : (nearTerm(term, frequencies) ?? term))
  const rarity = inverseDocumentFrequency(
    candidates.map(({ spoken }) => spoken),
    terms,
  )
  return new Map(terms(question).map((term) => [known(term), rarity.weight(known(term))]))
}

/** What a sentence that answers looks like, by the form of the question. */
function formAsked(question: string): RegExp | null {
  const said = question.toLowerCase()
  if (/\bhow (?:much|many|long|fast|large|big|often|far)\b/.test(said))
    return /\d|\b(?:one|two|three|four|five|ten)\b/i
  if (/\bhow (?:do|can|should|would|to)\b/.test(said)) {
    return /\b(?:you can|you need|use|using|to \w+ .*,|run|call|set|add|create|pass)\b/i
  }
  if (/\b(?:what is|what's|what are|what does|define)\b/.test(said))
    return /\b(?:is|are|lets?|means|provides?|allows?)\b/i
  if (/\bwhy\b/.test(said)) return /\b(?:because|so that|since|as|due to|therefore)\b/i
  if (/\bwhere\b/.test(said)) return /\b(?:in|at|under|on)\b/i
  return null
}
