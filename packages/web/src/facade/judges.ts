/** The five judges, in the order in which every view shows them. */
export const judges = [
  { name: 'judge.answer_relevancy', label: 'Answer relevancy', short: 'Ans' },
  { name: 'judge.retrieval_relevancy', label: 'Retrieval relevancy', short: 'Ret' },
  { name: 'judge.faithfulness', label: 'Faithfulness', short: 'Fai' },
  { name: 'judge.tone', label: 'Tone', short: 'Ton' },
  { name: 'judge.coherence', label: 'Coherence', short: 'Coh' },
] as const

/** Those that judge a conversation as a whole. */
export const conversationJudges = [
  { name: 'judge.goal_completion', label: 'Goal completion', short: 'Goal' },
  { name: 'judge.calm', label: 'Caller’s calm', short: 'Calm' },
  { name: 'judge.retention', label: 'Retention', short: 'Retention' },
] as const

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
