import { sentences, words } from '@voxtrace/language'
import type { Judgement } from '../judgement.ts'
import type { Subject } from '../subject.ts'
import { notJudged, quote, scored } from './finding.ts'

/** The score of an answer in which no rule finds a fault: rules cannot hear warmth, so they cannot give more. */
const faultless = 4
const longestSpokenSentence = 35
const longestSpokenAnswer = 130

interface Rule {
  /** What is wrong, as the rationale says it. */
  fault: string
  deduction: number
  find(answer: string): string | null
}

const profanity =
  /\b(?:fuck\w*|shit\w*|bullshit|asshole|bitch\w*|bastard|damn(?:ed|it)?|crap|idiots?|stupid|moron\w*|shut up|screw you)\b/iu

const rules: readonly Rule[] = [
  { fault: 'it is rude', deduction: 2.5, find: (answer) => firstMatch(profanity, answer) },
  {
    fault: 'it reads a web address aloud',
    deduction: 1,
    find: (answer) => firstMatch(/\b(?:https?:\/\/|www\.)\S+/iu, answer),
  },
  {
    fault: 'it reads Markdown aloud',
    deduction: 1,
    find: (answer) =>
      firstMatch(
        /\*\*[^*]+\*\*|`[^`]+`|^\s*#{1,6}\s.*|^\s*[-*•]\s.*|\[[^\]]+\]\([^)]*\)|^\s*\|.*\|/mu,
        answer,
      ),
  },
  {
    fault: 'it reads program code aloud',
    deduction: 1,
    find: (answer) => firstMatch(/\w+\([^()]*\)[;:{]|[{};]\s*$|\w+_\w+_\w+|=>|[!=]==?|<\/?\w+>/mu, answer),
  },
  {
    fault: 'it shouts',
    deduction: 0.5,
    find: (answer) => firstMatch(/\b\p{Lu}{4,}\s+\p{Lu}{3,}\b|!{2,}/u, answer),
  },
  {
    fault: 'it holds pictures that cannot be spoken',
    deduction: 0.5,
    find: (answer) => firstMatch(/\p{Extended_Pictographic}/u, answer),
  },
  {
    fault: `a sentence has over ${longestSpokenSentence} words`,
    deduction: 0.5,
    find: (answer) =>
      sentences(answer).find((sentence) => words(sentence).length > longestSpokenSentence) ?? null,
  },
  {
    fault: `it has over ${longestSpokenAnswer} words, most of a minute aloud`,
    deduction: 0.5,
    find: (answer) => (words(answer).length > longestSpokenAnswer ? answer : null),
  },
]

/**
 * Scores by rules of spoken style alone. Warmth, empathy and the caller's mood are not measured: nothing that can be
 * computed from the words agreed with people.
 */
export function judgeTone(subject: Subject): Judgement {
  if (words(subject.answer).length === 0) return notJudged('The answer holds no words.')
  const faults = rules.flatMap((rule) => {
    const found = rule.find(subject.answer)
    return found === null ? [] : [{ rule, found }]
  })
  return scored({
    score: faultless - faults.reduce((total, { rule }) => total + rule.deduction, 0),
    confidence: 'low',
    evidence:
      faults.length === 0
        ? [
            'No fault of spoken style was found: no rude words, nothing that is not for the ear, no sentence too long to say.',
          ]
        : faults.map(({ rule, found }) => `In the answer ${rule.fault}: ${quote(found)}.`),
    trust: `Only rules of spoken style were applied, which can give ${faultless} at most; warmth and the caller’s mood are not measured.`,
    signals: { faults: faults.length },
  })
}

function firstMatch(pattern: RegExp, text: string): string | null {
  return pattern.exec(text)?.[0] ?? null
}
