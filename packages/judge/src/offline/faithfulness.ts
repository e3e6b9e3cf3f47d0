import { sentences } from '@voxtrace/language'
import type { Judgement } from '../judgement.ts'
import type { Subject } from '../subject.ts'
import { claimsOf, fewestContentWords, mayBeEnglish } from './claims.ts'
import { along, notJudged, percent, scored } from './finding.ts'
import { groundedness } from './groundedness.ts'
import { sourceOf } from './passages.ts'
import type { Similarity } from './similarity.ts'
import { measureSupport, type Support } from './support.ts'

/** Cut at .40, .55, .70 and .85 into the levels 1 to 5; between these the score moves evenly. */
const levels = [
  [0, 1],
  [0.4, 1.5],
  [0.55, 2.5],
  [0.7, 3.5],
  [0.85, 4.5],
  [1, 5],
] as const

/** F = .4 P + .3 B + .3 L - .15 for each of at most two numbers that the source does not hold. */
function supportScore(support: Support): number {
  const unsupported = Math.min(2, support.unsupportedNumbers.length)
  return (
    0.4 * support.contentPrecision +
    0.3 * support.bigramPrecision +
    0.3 * support.sequence -
    0.15 * unsupported
  )
}

/** Scores by how much of the answer's wording stands in the retrieved documents. */
export async function judgeFaithfulness(subject: Subject, similarity: Similarity): Promise<Judgement> {
  const { claims, contentWords, refused } = claimsOf(sentences(subject.answer))
  if (contentWords < fewestContentWords) {
    if (!refused) return notJudged('The answer claims nothing that documents could support.')
    return scored({
      score: 5,
      confidence: 'medium',
      evidence: ['The answer says that the agent does not know, and claims nothing beside that.'],
      trust: 'The phrase was recognised by its wording.',
      signals: {},
    })
  }
  if (!mayBeEnglish(subject.answer)) return notJudged('The offline judge reads English only.')
  const support = measureSupport(claims.join(' '), sourceOf(subject.documents))
  const f = supportScore(support)
  const drawn = await groundedness(claims, subject, similarity)
  return scored({
    score: along(levels, f),
    confidence: 'medium',
    evidence: [...evidence(support), `It draws on the documents by ${percent(drawn)}.`],
    trust:
      'It compares wording: an honest paraphrase scores lower, and a contradiction in the documents’ own words is not seen.',
    signals: {
      support: f,
      contentPrecision: support.contentPrecision,
      bigramPrecision: support.bigramPrecision,
      sequence: support.sequence,
      unsupportedNumbers: support.unsupportedNumbers.length,
      groundedness: drawn,
    },
  })
}

function evidence(support: Support): string[] {
  const found = [
    `Of the answer, ${percent(support.contentPrecision)} of the words of substance (weighted by rarity) and ${percent(support.bigramPrecision)} of the word pairs stand in the documents; its sentences follow theirs by ${percent(support.sequence)}.`,
  ]
  if (support.unsupportedNumbers.length > 0) {
    found.push(`Not in the documents: the number ${support.unsupportedNumbers.slice(0, 3).join(', ')}.`)
  }
  const missing = support.missingWords.filter((word) => !support.unsupportedNumbers.includes(word))
  if (missing.length > 0) {
    found.push(
      `Words that they do not hold: ${missing.slice(0, 8).join(', ')}${missing.length > 8 ? ', …' : ''}.`,
    )
  }
  return found
}
