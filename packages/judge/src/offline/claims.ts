import { contentWords, stopWords, words } from '@voxtrace/language'

const refusal =
  /\b(?:(?:i|we)(?:'m| am|'re| are)? (?:really )?(?:do not|don't|did not|didn't|can not|cannot|can't|could not|couldn't|am not|not|unable|was not able|wasn't able|have no|haven't)\b.*\b(?:know|sure|find|found|answer|help|tell|say|information|able|idea|anything)|(?:do not|don't|does not|doesn't|did not|didn't) (?:say|tell|mention|cover|contain|have)|not (?:covered|mentioned|in) (?:by |in )?(?:the|my|our) (?:documents|documentation|knowledge|notes)|no information|beyond what i know)\b/iu

/** The sentence says that the speaker does not know or cannot help, in one of the usual English phrases. */
export function isRefusal(sentence: string): boolean {
  return refusal.test(sentence.replaceAll('’', "'"))
}

/** Below this many content words an answer says too little to be measured. */
export const fewestContentWords = 4

/** The sentences that claim something, and how many content words those hold. */
export function claimsOf(sentences: readonly string[]): {
  claims: string[]
  contentWords: number
  refused: boolean
} {
  const claims = sentences.filter((sentence) => !isRefusal(sentence))
  return {
    claims,
    contentWords: contentWords(claims.join(' ')).length,
    refused: claims.length < sentences.length,
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
