import { contentWords, words } from '@voxtrace/language'
import type { Message } from '../language-model.ts'
import { intentOf } from './intent.ts'
import { isRefusal } from './refusal.ts'
import { named, withoutCourtesy } from './standing-question.ts'

const reference = /\b(?:it|its|that|this|these|those|them|they|their|there|one|ones|same|such)\b/
const opening =
  /^(?:and\b|what about|how about|but\b|or\b|also\b|then\b|what if|why(?: not)?$|how(?: so)?$|which one|does it|is it|can it|do they|are they|for example|like what|such as)/

/**
 * The question to retrieve for: what the user said, made to stand for itself. "It", "this" and "you" are the
 * `subject` of the documents, such as a product. A follow-up ("what about GPUs", "how do I install it") takes the
 * words of the last question that stood for itself and was answered; "tell me more" is the last question again. Small
 * talk stays as it is.
 */
export function retrievalQuery(
  question: string,
  history: readonly Message[],
  subject: string | null = null,
): string {
  const intent = intentOf(question)
  if (intent === 'more') return previousQuery(history, subject) ?? question
  if (intent !== 'question') return question
  const asked = withoutCourtesy(question.trim())
  const standing = refersBack(asked) ? standingQuestion(history) : null
  const itself = subject ? named(asked, subject) : asked
  if (standing === null || (itself !== asked && mentions(standing, subject))) return itself
  return `${itself} ${contentWords(standing).join(' ')}`
}

/** What was last retrieved for, or null when nothing was asked yet. */
export function previousQuery(history: readonly Message[], subject: string | null = null): string | null {
  const position = history.findLastIndex(asks)
  const question = history[position]
  return question ? retrievalQuery(question.content, history.slice(0, position), subject) : null
}

/** Whether a question goes on from what was answered before. */
export function followsUp(question: string, history: readonly Message[]): boolean {
  return refersBack(withoutCourtesy(question.trim())) && standingQuestion(history) !== null
}

function asks({ role, content }: Message): boolean {
  return role === 'user' && intentOf(content) === 'question'
}

/** The last question that stood for itself and got an answer. */
function standingQuestion(history: readonly Message[]): string | null {
  const standing = history.findLast((message, position) => {
    const answer = history[position + 1]
    return asks(message) && !refersBack(message.content) && !(answer && isRefusal(answer.content))
  })
  return standing?.content ?? null
}

function mentions(question: string, subject: string | null): boolean {
  return subject !== null && question.toLowerCase().includes(subject.toLowerCase())
}

function refersBack(question: string): boolean {
  const said = words(question).join(' ')
  const content = contentWords(question)
  return content.length === 0 || opening.test(said) || (reference.test(said) && content.length < 4)
}
