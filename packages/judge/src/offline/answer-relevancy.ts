import { contentWords, sentences } from '@voxtrace/language'
import type { Judgement } from '../judgement.ts'
import type { Subject } from '../subject.ts'
import { claimsOf, fewestContentWords, mayBeEnglish } from './claims.ts'
import { similarityToDialogue } from './dialogue.ts'
import { along, notJudged, scored } from './finding.ts'
import type { Similarity } from './similarity.ts'

/** Level 2 below a similarity of .25, 3 below .35, else 4; between these the score moves evenly. */
const levels = [
  [0, 1.5],
  [0.25, 2.5],
  [0.35, 3.5],
  [0.85, 4.4],
] as const

/** With fewer content words beside a refusal the answer is nothing but the refusal. */
const fewestClaimedWords = 2

/** Scores by how similar the answer is in meaning to what it answers. Only a low score says much. */
export async function judgeAnswerRelevancy(subject: Subject, similarity: Similarity): Promise<Judgement> {
  const { contentWords: claimed, refused } = claimsOf(sentences(subject.answer))
  if (refused && claimed < fewestClaimedWords) {
    return notJudged(
      'The answer says that the agent does not know or cannot help; whether that was right takes a language model.',
    )
  }
  if (contentWords(subject.answer).length < fewestContentWords) {
    return notJudged(
      `The answer has under ${fewestContentWords} words of substance, too few to compare with the request.`,
    )
  }
  if (!mayBeEnglish(`${subject.question} ${subject.answer}`)) {
    return notJudged('The offline judge reads English only.')
  }
  const r = await similarityToDialogue(subject, similarity)
  const low = r < 0.35
  return scored({
    score: along(levels, r),
    confidence: low ? 'medium' : 'low',
    evidence: [
      `The answer’s meaning is ${low ? 'far from' : 'near'} the user’s words and the utterance before them: similarity ${r.toFixed(2)} (below 0.25 it misses the need, from 0.35 on it is on the topic).`,
    ],
    trust: low
      ? 'Low similarity agrees with people that something is missing.'
      : 'High similarity tells that the topic is right, not that the request is met.',
    signals: { similarity: r },
  })
}
