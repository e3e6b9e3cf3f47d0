import { type Judge, rubrics } from '@voxtrace/judge'
import type { TurnCriterion } from '@voxtrace/model'
import type { Rated } from './read-ratings.ts'

/** A rated answer with what the judge gave it. */
export interface Judged extends Rated {
  /** By criterion; signals of a judgement as `criterion.signal`. What was not judged is absent. */
  scores: Map<string, number>
  /** Milliseconds by criterion. */
  durations: Map<string, number>
}

/** Judges every answer by the criteria, one judgement at a time. */
export async function judgeAll(
  judge: Judge,
  answers: Rated[],
  criteria?: TurnCriterion[],
): Promise<Judged[]> {
  const chosen = rubrics.filter((rubric) => criteria?.includes(rubric.criterion) ?? true)
  const judged: Judged[] = []
  for (const answer of answers) {
    const scores = new Map<string, number>()
    const durations = new Map<string, number>()
    for (const rubric of chosen) {
      const began = performance.now()
      const judgement = await judge.judge(rubric, answer.subject)
      durations.set(rubric.criterion, performance.now() - began)
      if (judgement.kind !== 'scored') continue
      scores.set(rubric.criterion, judgement.score)
      for (const [key, value] of Object.entries(judgement.metadata)) {
        scores.set(`${rubric.criterion}.${key.replace(/^signal\./u, '')}`, Number(value))
      }
    }
    judged.push({ ...answer, scores, durations })
  }
  return judged
}
