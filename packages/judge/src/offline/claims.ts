import { contentWords, stopWords, words } from '@voxtrace/language'

/** Who does not know: the agent, or what it answers from. */
const speaker = `(?:i|we|(?:the|my|our|these|those) (?:documents?|documentation|docs|knowledge|notes|passages?|sources?))`
const lack = `(?:do not|don't|does not|doesn't|did not|didn't|can ?not|can't|could not|couldn't|am not|'m not|are not|aren't|'re not|have no|haven't|was not|wasn't|am unable|'m unable|are unable)`
const knowing = `(?:know|sure|certain|find|found|answer|help|tell|say|mention|cover|contain|information|able|unable|idea|anything|details?)`

const refusal = new RegExp(
  String.raw`\b${speaker} ?(?:really |currently |just |actually )?${lack}\b.{0,30}\b${knowing}\b|\b(?:i|we)(?: am|'m|'re| are) unable\b|\b(?:no|not any) information\b|\bnot (?:covered|mentioned) (?:by|in)\b|\bno (?:idea|clue)\b`,
  'iu',
)

/** The clause says that the speaker does not know or cannot help, in one of the usual English phrases. */
export function isRefusal(clause: string): boolean {
  return refusal.test(clause.replaceAll('’', "'"))
}

const invitation =
  /\b(?:you (?:can|could|may|might)|please|feel free to|try to) (?:also )?(?:ask|rephrase|repeat|say)\b.{0,20}\b(?:me|it|that|again|another|else|differently)\b|\b(?:is there|do you have|can i|may i|shall i)\b.{0,40}\b(?:else|help|repeat)\b/iu

/** The clause only asks the user to go on, as in "You can ask it another way." It claims nothing. */
export function isInvitation(clause: string): boolean {
  return invitation.test(clause)
}

/** Below this many content words a text says too little to be measured. */
export const fewestContentWords = 3

export interface Claims {
  /** What remains of the sentences without refusals and invitations. */
  claims: string[]
  contentWords: number
  /** Something was refused. */
  refused: boolean
}

/** What the sentences claim. A refusal counts up to its "but": what follows is a claim again. */
export function claimsOf(sentences: readonly string[]): Claims {
  const clauses = sentences.map((sentence) => sentence.split(/[,;]?\s+but\s+|;\s+/iu))
  const claims = clauses.map((parts) =>
    parts.filter((part) => !isRefusal(part) && !isInvitation(part)).join(', but '),
  )
  return {
    claims: claims.filter((claim) => claim !== ''),
    contentWords: contentWords(claims.join(' ')).length,
    refused: clauses.some((parts) => parts.some(isRefusal)),
  }
}

const fewestWordsToTell = 8
const fewestStopWords = 0.12

/**
 * Whether the text can be English. English prose is a third grammar words or more; a text of some length that has
 * hardly any is in another language, which the offline measures cannot read.
 */
export function mayBeEnglish(text: string): boolean {
  const all = words(text)
  if (all.length < fewestWordsToTell) return !/\p{L}/u.test(text) || /\p{sc=Latin}/u.test(text)
  return all.filter((word) => stopWords.has(word)).length / all.length >= fewestStopWords
}
