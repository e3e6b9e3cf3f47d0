import type { Subject } from '../subject.ts'
import type { Similarity } from './similarity.ts'

/**
 * r: the similarity of the answer to the user's words, and to these together with the utterance before them; the
 * mean of the two.
 */
export async function similarityToDialogue(subject: Subject, similarity: Similarity): Promise<number> {
  const before = subject.history.at(-1)?.text
  const lastTwo = before === undefined ? subject.question : `${before} ${subject.question}`
  const [toLast, toLastTwo] = await Promise.all([
    similarity.between(subject.answer, subject.question),
    similarity.between(subject.answer, lastTwo),
  ])
  return (toLast + toLastTwo) / 2
}

/** All that was said before the answer. */
export function dialogueBefore(subject: Subject): string {
  return [...subject.history.map((utterance) => utterance.text), subject.question].join('\n')
}
