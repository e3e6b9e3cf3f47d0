import type { Subject } from '../subject.ts'
import { dialogueBefore } from './dialogue.ts'
import { sentencesNear, sourceOf } from './passages.ts'
import type { Similarity } from './similarity.ts'
import { knowledgeWeight } from './support.ts'

const comparedSentences = 8
const muchKnowledge = 25

/**
 * D = .5 U + .5 min(1, K / 25): how much the claims draw on the documents rather than on the dialogue, 0 to 1. U is
 * the best similarity of a claim to a sentence of the documents, K the weight of their words that the claims bring
 * in. It tells that knowledge is used, not that it is used rightly.
 */
export async function groundedness(
  claims: readonly string[],
  subject: Subject,
  similarity: Similarity,
): Promise<number> {
  const text = claims.join(' ')
  const closest = await similarity.closest(claims, sentencesNear(text, subject.documents, comparedSentences))
  const knowledge = knowledgeWeight(text, sourceOf(subject.documents), dialogueBefore(subject))
  return 0.5 * Math.max(0, closest?.similarity ?? 0) + 0.5 * Math.min(1, knowledge / muchKnowledge)
}
