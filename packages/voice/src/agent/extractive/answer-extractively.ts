import { contentWords, words } from '@voxtrace/language'
import { definedSubject } from '../../knowledge/definition.ts'
import type { ScoredPassage } from '../../knowledge/knowledge.ts'
import { askedMeasure } from '../../knowledge/lexical-index.ts'
import { questionHeading } from '../../knowledge/question-heading.ts'
import type { Message } from '../language-model.ts'
import { candidateSentences } from './candidate-sentences.ts'
import { intentOf } from './intent.ts'
import { type RankedSentence, rankSentences, similarityTo } from './rank-sentences.ts'
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
 * What a passage needs to hold an answer: `score`, cosine similarity, more of it for a question of a single word that
 * means something; `passage`, similarity and 0.6 of the share of the question's words it has, added; `sentence`, the
 * share of them that its best sentence has, with its heading.
 */
const enough = { score: 0.25, singleWordScore: 0.4, passage: 0.75, sentence: 0.35 }
/**
 * The same where the heading is a question, as two questions are more similar: the words may be other ones when the
 * similarity is `reworded`, and nothing but the subject need be shared when it is `same`.
 */
const enoughOfQuestion = { score: 0.55, singleWordScore: 0.68, sentence: 0.5, reworded: 0.75, same: 0.85 }

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
  const candidates = candidateSentences(passages)
  const ranked = rankSentences(query, candidates)
  const goesOn = more || followsUp(question, history)
  const asksNothing = !goesOn && saysNothingBut(subject, query)
  if (!more && !(asksNothing ? isSameQuestion(query, ranked) : answers(query, passages, ranked))) {
    return refusal(knowledgeName)
  }
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

/** Whether the passages are about the question, by meaning and by words, and a sentence of them has its words. */
function answers(
  query: string,
  passages: readonly ScoredPassage[],
  ranked: readonly RankedSentence[],
): boolean {
  const [best] = ranked
  if (!best) return false
  if (best.defines) return true
  const single = new Set(contentWords(query)).size < 2
  if (questionHeading(best.passage)) {
    const similarity = similarityTo(query, best.passage)
    const shared = best.coverage >= enoughOfQuestion.sentence || similarity >= enoughOfQuestion.reworded
    const least = single ? enoughOfQuestion.singleWordScore : enoughOfQuestion.score
    return shared && similarity >= least && similarity + 0.6 * best.coverage >= enough.passage
  }
  if (best.coverage < enough.sentence) return false
  const least = single ? enough.singleWordScore : enough.score
  return passages.some((passage) => {
    const similarity = similarityTo(query, passage)
    return (
      !questionHeading(passage) &&
      similarity >= least &&
      similarity + 0.6 * (passage.coverage ?? 0) >= enough.passage
    )
  })
}

/** Whether only the subject is left of a question, and that is not what it asks about: "how old is Voxtrace". */
function saysNothingBut(subject: string | null, query: string): boolean {
  if (subject === null || definedSubject(query)) return false
  const own = new Set(words(subject))
  return contentWords(query.replace(askedMeasure, 'how')).every((word) => own.has(word))
}

function isSameQuestion(query: string, [best]: readonly RankedSentence[]): boolean {
  if (!best || !questionHeading(best.passage)) return false
  return similarityTo(query, best.passage) >= enoughOfQuestion.same
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
