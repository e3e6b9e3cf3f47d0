import { contentWords, words } from '@voxtrace/language'
import type { Message } from '../language-model.ts'
import { intentOf } from './intent.ts'

const reference = /\b(?:it|its|that|this|these|those|them|they|their|there|one|ones|same|such)\b/
const opening =
  /^(?:and\b|what about|how about|but\b|or\b|also\b|then\b|what if|why(?: not)?$|how(?: so)?$|which one|does it|is it|can it|do they|are they|for example|like what|such as)/

/**
 * The question to retrieve for: what the user said, made to stand for itself. A follow-up ("what about GPUs", "how
 * do I install it") takes the words of the last question that stood for itself; "tell me more" is the last question
 * again. Small talk stays as it is.
 */
export function retrievalQuery(question: string, history: readonly Message[]): string {
  const intent = intentOf(question)
  if (intent === 'more') return previousQuery(history) ?? question
  if (intent !== 'question' || !refersBack(question)) return question
  const standing = history.findLast((message) => asks(message) && !refersBack(message.content))
  return standing ? `${question.trim()} ${contentWords(standing.content).join(' ')}` : question
}

/** What was last retrieved for, or null when nothing was asked yet. */
export function previousQuery(history: readonly Message[]): string | null {
  const position = history.findLastIndex(asks)
  const question = history[position]
  return question ? retrievalQuery(question.content, history.slice(0, position)) : null
}

function asks({ role, content }: Message): boolean {
  return role === 'user' && intentOf(content) === 'question'
}

function refersBack(question: string): boolean {
  const said = words(question).join(' ')
  const content = contentWords(question)
  return content.length === 0 || opening.test(said) || (reference.test(said) && content.length < 4)
}
