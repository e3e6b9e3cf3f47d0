const opening = 'I could not find an answer to that in'

/** What is said when the documents do not hold an answer. */
export function refusal(knowledgeName: string): string {
  return `${opening} ${knowledgeName}. You can ask it another way, or ask me something else.`
}

/** Whether an answer said that there is none. */
export function isRefusal(answer: string): boolean {
  return answer.startsWith(opening)
}
