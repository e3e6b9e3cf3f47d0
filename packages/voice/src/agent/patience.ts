import { turnTaking } from './agent-settings.ts'
import { soundsUnfinished } from './unfinished.ts'
import { isWholeQuestion } from './whole-question.ts'

/** Probability from which the sound of an end is the end of the turn. */
const surelyEnded = 0.6
/** Below this even a whole question sounds as if it went on. */
const soundsOpen = 0.12

/**
 * Milliseconds of silence after which a turn is over. Measured by `bench/endpointing.ts`.
 * @param probability that the turn has ended, by its sound
 * @param words of the turn so far; null when they are not known
 */
export function waitMs(probability: number, words: string | null): number {
  const { minEndpointingMs, wholeQuestionMs, maxEndpointingMs } = turnTaking
  if (words !== null && soundsUnfinished(words)) return maxEndpointingMs
  if (probability >= surelyEnded) return minEndpointingMs
  if (words !== null && probability >= soundsOpen && isWholeQuestion(words)) return wholeQuestionMs
  return maxEndpointingMs
}
