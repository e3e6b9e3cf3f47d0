import { conversationCriteria, criterionTitles, judgementName, turnCriteria } from '@voxtrace/model'

/** What stands where a title has no room. */
const short = {
  answer_relevancy: 'Ans',
  retrieval_relevancy: 'Ret',
  faithfulness: 'Fai',
  tone: 'Ton',
  coherence: 'Coh',
  goal_completion: 'Goal',
  calm: 'Calm',
  retention: 'Retention',
} as const

/** The judges of turns, in the order in which every view shows them. */
export const judges = turnCriteria.map(judgeOf)

/** Those that judge a conversation as a whole. */
export const conversationJudges = conversationCriteria.map(judgeOf)

/** All judges, those of turns first. */
export const allJudges = [...judges, ...conversationJudges]

/** Scores up to this one call for attention. */
const lowScore = 2

export function isLowScore(score: number | null): boolean {
  return score !== null && score < lowScore + 0.5
}

/** A score as a numeral: whole scores plain, means with one decimal. */
export function formatScore(score: number): string {
  return Number.isInteger(score) ? String(score) : score.toFixed(1)
}

function judgeOf<Criterion extends keyof typeof short>(criterion: Criterion) {
  return { name: judgementName(criterion), label: criterionTitles[criterion], short: short[criterion] }
}
