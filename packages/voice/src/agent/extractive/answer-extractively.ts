import { words } from '@voxtrace/language'
import type { ScoredPassage } from '../../knowledge/knowledge.ts'
import { questionHeading } from '../../knowledge/question-heading.ts'
import type { Message } from '../language-model.ts'
import { candidateSentences } from './candidate-sentences.ts'
import { intentOf } from './intent.ts'
import { isAnswered, withoutOtherQuestions } from './is-answered.ts'
import { type RankedSentence, rankSentences } from './rank-sentences.ts'
import { refusal } from './refusal.ts'
import { followsUp, previousQuery, retrievalQuery } from './retrieval-query.ts'
import { smallTalk } from './small-talk.ts'

export interface ExtractiveQuestion {
  question: string
  /** What retrieval brought for `retrievalQuery(question, history)`, best first. */
  passages: readonly ScoredPassage[]
  /** What was said before the question, oldest first. */
  history: readonly Message[]
  /** What the knowledge is of, as it is said aloud, such as "the Voxtrace documentation". */
  knowledgeName?: string
  /** What the documents are about, such as a product's name, which "it" and "you" mean. */
  subject?: string | null
}

const mostWords = 45
const mostSentences = 3

/**
 * Answers without a language model: with the one to three sentences of the passages that answer best, rewritten for
 * speech, 45 words at most, word by word as a model streams; says so when the passages do not hold an answer. Also
 * greets, thanks, repeats, goes on where it left off, and says what it is.
 */
export async function* answerExtractively(asked: ExtractiveQuestion): AsyncGenerator<string> {
  for (const word of extractedAnswer(asked).split(/(?<=\s)/)) yield word
}

function extractedAnswer({
  question,
  passages,
  history,
  subject = null,
  knowledgeName = subject ? `the ${subject} documentation` : 'my documents',
}: ExtractiveQuestion): string {
  const intent = intentOf(question)
  const more = intent === 'more'
  const query = more ? previousQuery(history, subject) : retrievalQuery(question, history, subject)
  if ((intent !== 'question' && !more) || query === null)
    return smallTalk(intent, history, { knowledgeName, subject })
  const said = new Set(
    history.filter(({ role }) => role === 'assistant').flatMap(({ content }) => sentenceKeys(content)),
  )
  const goesOn = more || followsUp(question, history)
  const all = rankSentences(query, candidateSentences(passages))
  const ranked = goesOn ? all : withoutOtherQuestions(query, all, subject)
  // What goes on from an answer may ask about nothing but the subject: "and why?".
  if (!more && !isAnswered(query, passages, ranked, goesOn ? null : subject)) return refusal(knowledgeName)
  const fresh = goesOn
    ? ranked.filter(({ spoken, coverage }) => coverage > 0 && !said.has(keyOf(spoken)))
    : ranked
  const chosen = choose(fresh)
  if (chosen.length === 0) {
    return goesOn
      ? `That is all I found about it in ${knowledgeName}.`
      : `I found something about it in ${knowledgeName}, but nothing that can be said aloud.`
  }
  return chosen.map(({ spoken }) => spoken).join(' ')
}

/** The best sentence, what follows it in its passage, and others nearly as good, in the order of the text. */
function choose(ranked: readonly RankedSentence[]): RankedSentence[] {
  const [best] = ranked
  if (!best) return []
  if (questionHeading(best.passage)) return wholeAnswer(best, ranked)
  const chosen = [best]
  let length = best.length
  const add = (sentence: RankedSentence | undefined, least: number) => {
    if (!sentence || chosen.length === mostSentences || chosen.includes(sentence)) return
    if (sentence.score < best.score * least || length + sentence.length > mostWords) return
    if (chosen.some((other) => alike(other.spoken, sentence.spoken))) return
    chosen.push(sentence)
    length += sentence.length
  }
  const beside = (sentence: RankedSentence | undefined, step: number) =>
    ranked.find(({ rank, position }) => rank === sentence?.rank && position === sentence.position + step)
  let first: RankedSentence | undefined = best
  while (first?.leans) {
    first = beside(first, -1)
    add(first, -1)
  }
  const after = beside(best, 1)
  add(after, after?.leans ? -1 : 0.4)
  if (after && chosen.includes(after)) add(beside(after, 1), 0.4)
  for (const sentence of ranked.slice(1)) add(sentence, sentence.rank === best.rank ? 0.75 : 0.85)
  return chosen.sort((a, b) => order(a, best) - order(b, best) || a.position - b.position)
}

/** What stands under a question is its answer, from the beginning on and nothing else. */
function wholeAnswer(best: RankedSentence, ranked: readonly RankedSentence[]): RankedSentence[] {
  const answer = ranked.filter(({ rank }) => rank === best.rank).sort((a, b) => a.position - b.position)
  const chosen: RankedSentence[] = []
  let length = 0
  for (const sentence of answer.slice(0, mostSentences)) {
    length += sentence.length
    if (chosen.length > 0 && length > mostWords) break
    chosen.push(sentence)
  }
  return chosen
}

/** The best sentence's own passage first. */
function order(sentence: RankedSentence, best: RankedSentence): number {
  return sentence.rank === best.rank ? -1 : sentence.rank
}

function alike(a: string, b: string): boolean {
  const left = new Set(words(a))
  const right = new Set(words(b))
  const shared = [...left].filter((word) => right.has(word)).length
  return shared / Math.min(left.size, right.size) > 0.7
}

function sentenceKeys(content: string): string[] {
  return content.split(/(?<=[.!?])\s+/).map(keyOf)
}

function keyOf(sentence: string): string {
  return words(sentence).join(' ')
}
