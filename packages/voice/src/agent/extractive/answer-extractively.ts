import { words } from '@voxtrace/language'
import type { ScoredPassage } from '../../knowledge/knowledge.ts'
import type { Message } from '../language-model.ts'
import { candidateSentences } from './candidate-sentences.ts'
import { intentOf } from './intent.ts'
import { type RankedSentence, rankSentences } from './rank-sentences.ts'
import { previousQuery, retrievalQuery } from './retrieval-query.ts'
import { smallTalk } from './small-talk.ts'

export interface ExtractiveQuestion {
  question: string
  /** What retrieval brought for `retrievalQuery(question, history)`, best first. */
  passages: readonly ScoredPassage[]
  /** What was said before the question, oldest first. */
  history: readonly Message[]
  /** What the knowledge is of, as it is said aloud, such as "the Voxtrace documentation". */
  knowledgeName?: string
}

const mostWords = 45
const mostSentences = 3
/** Below these a passage is not about the question: cosine similarity, and share of the question's words. */
const enough = { score: 0.3, coverage: 0.45, sentence: 0.3 }

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
  knowledgeName = 'my documents',
}: ExtractiveQuestion): string {
  const intent = intentOf(question)
  const more = intent === 'more'
  const query = more ? previousQuery(history) : retrievalQuery(question, history)
  if ((intent !== 'question' && !more) || query === null) return smallTalk(intent, history, knowledgeName)
  const said = new Set(
    history.filter(({ role }) => role === 'assistant').flatMap(({ content }) => sentenceKeys(content)),
  )
  const candidates = candidateSentences(passages)
  const ranked = rankSentences(query, candidates)
  if (!more && !answers(passages, ranked)) {
    return `I could not find an answer to that in ${knowledgeName}. You can ask it another way, or ask me something else.`
  }
  const fresh = more ? ranked.filter(({ spoken }) => !said.has(keyOf(spoken))) : ranked
  const chosen = choose(fresh)
  if (chosen.length === 0) {
    return more
      ? `That is all I found about it in ${knowledgeName}.`
      : `I found something about it in ${knowledgeName}, but nothing that can be said aloud.`
  }
  return chosen.map(({ spoken }) => spoken).join(' ')
}

/** Whether the passages are about the question, by meaning or by words, and a sentence of them has its words. */
function answers(passages: readonly ScoredPassage[], ranked: readonly RankedSentence[]): boolean {
  const [best] = ranked
  if (!best) return false
  const close = passages.some(
    ({ score, coverage = 0 }) => (score ?? coverage) >= enough.score && coverage >= enough.coverage,
  )
  return close && best.coverage >= enough.sentence
}

/** The best sentence and those that go with it: of the same passage or nearly as good, in the order of the text. */
function choose(ranked: readonly RankedSentence[]): RankedSentence[] {
  const [best] = ranked
  if (!best) return []
  const chosen = [best]
  let length = best.length
  for (const sentence of ranked.slice(1)) {
    if (chosen.length === mostSentences) break
    const follows = sentence.rank === best.rank && sentence.position === best.position + 1
    const good = sentence.score >= best.score * (follows ? 0.5 : 0.75)
    const fits = length + sentence.length <= mostWords
    if (!good || !fits || chosen.some((other) => alike(other.spoken, sentence.spoken))) continue
    chosen.push(sentence)
    length += sentence.length
  }
  const [first, ...others] = chosen
  const before = others.filter(({ rank }) => rank !== best.rank)
  const together = [first, ...others.filter(({ rank }) => rank === best.rank)].filter(
    (one) => one !== undefined,
  )
  return [...together.sort((a, b) => a.position - b.position), ...before]
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
