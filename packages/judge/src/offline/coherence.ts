import { contentWords, words } from '@voxtrace/language'
import type { Judgement } from '../judgement.ts'
import type { Subject } from '../subject.ts'
import { mayBeEnglish } from './claims.ts'
import { similarityToDialogue } from './dialogue.ts'
import { notJudged, percent, scored } from './finding.ts'
import type { Similarity } from './similarity.ts'
import { repeatedBigramShare } from './support.ts'

const muchRepetition = 0.3
const repetitionCap = 2
const truncationCap = 2.9

/**
 * Scores by .6 clip((r - .25) / .5) + .2 min(1, content words / 10) + .2 (1 - 2 x repeated share of word pairs),
 * where r is the similarity to the dialogue. Heavy repetition and an end that is missing cap the score: these two
 * are surer than the number.
 */
export async function judgeCoherence(subject: Subject, similarity: Similarity): Promise<Judgement> {
  if (words(subject.answer).length === 0) return notJudged('The answer holds no words.')
  if (!mayBeEnglish(subject.answer)) return notJudged('The offline judge reads English only.')
  const r = await similarityToDialogue(subject, similarity)
  const content = contentWords(subject.answer).length
  const repeated = repeatedBigramShare(subject.answer)
  const c =
    0.6 * Math.min(1, Math.max(0, (r - 0.25) / 0.5)) +
    0.2 * Math.min(1, content / 10) +
    0.2 * Math.max(0, 1 - 2 * repeated)
  const repetitive = repeated > muchRepetition
  const truncated = !subject.interrupted && endsInMidSentence(subject.answer)
  const cap = Math.min(repetitive ? repetitionCap : 5, truncated ? truncationCap : 5)
  const evidence = [
    `Similarity to the user’s words and the utterance before them ${r.toFixed(2)}, ${content} words of substance, ${percent(repeated)} of the word pairs repeated.`,
  ]
  if (repetitive) evidence.push('The answer repeats itself.')
  if (truncated) evidence.push('The answer ends in mid-sentence, though nobody interrupted it.')
  const sure = repetitive || truncated
  return scored({
    score: Math.min(cap, 1 + 4 * c),
    confidence: sure ? 'medium' : 'low',
    evidence,
    trust: sure
      ? 'Repetition and missing ends are recognised reliably; the rest of coherence is not.'
      : 'No signal computed from the words agrees well with people on coherence.',
    signals: { similarity: r, contentWords: content, repeatedPairs: repeated },
  })
}

/** The text stops after a comma or a word that cannot end a sentence. */
function endsInMidSentence(answer: string): boolean {
  const text = answer.trim()
  if (/[,:;(–—-]$/u.test(text)) return true
  if (/[.!?…。！？"'”’)\]]$/u.test(text)) return false
  const last = words(text).at(-1)
  return last !== undefined && danglers.has(last)
}

const danglers = new Set(
  'a an and are as because but from if into is my of or our the their to was were which with your'.split(' '),
)
