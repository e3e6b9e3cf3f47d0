import {
  bigrams,
  contentWords,
  inverseDocumentFrequency,
  longestCommonSubsequence,
  sentences,
  words,
} from '@voxtrace/language'

/** How far a text is carried by a source, each share 0 to 1. */
export interface Support {
  /** P: the share of the content words found in the source, weighted by how rare they are there. */
  contentPrecision: number
  /** B: the share of neighbouring word pairs found in the source. */
  bigramPrecision: number
  /** L: per sentence the longest word sequence shared with one source sentence, over its length; the mean of these. */
  sequence: number
  /** Numbers in digits that the source holds neither in digits nor in words. */
  unsupportedNumbers: string[]
  /** Content words that the source does not hold, in order. */
  missingWords: string[]
}

/**
 * Measures a text against a source. Without words in the text every share is 0.
 */
export function measureSupport(text: string, source: string): Support {
  const sourceSentences = sentences(closedNumbers(source)).map((sentence) => words(sentence))
  const textSentences = sentences(closedNumbers(text))
    .map((sentence) => words(sentence))
    .filter((sentence) => sentence.length > 0)
  const sourceWords = new Set(sourceSentences.flat())
  const content = contentWords(closedNumbers(text))
  const { weight } = inverseDocumentFrequency(sentences(closedNumbers(source)))
  const total = sum(content.map(weight))
  const found = sum(content.filter((word) => sourceWords.has(word)).map(weight))
  const sourcePairs = new Set(sourceSentences.flatMap(bigrams))
  const pairs = textSentences.flatMap(bigrams)
  return {
    contentPrecision: total > 0 ? found / total : 0,
    bigramPrecision:
      pairs.length > 0 ? pairs.filter((pair) => sourcePairs.has(pair)).length / pairs.length : 0,
    sequence: mean(
      textSentences.map(
        (sentence) =>
          Math.max(0, ...sourceSentences.map((other) => longestCommonSubsequence(sentence, other))) /
          sentence.length,
      ),
    ),
    unsupportedNumbers: unsupportedNumbers(textSentences.flat(), sourceWords),
    missingWords: [...new Set(content.filter((word) => !sourceWords.has(word)))],
  }
}

/**
 * K: the weight of the source's content words that the answer says and the dialogue had not said, which is the
 * knowledge that the answer brings in.
 */
export function knowledgeWeight(answer: string, source: string, dialogue: string): number {
  const { weight } = inverseDocumentFrequency(sentences(source))
  const said = new Set(words(dialogue))
  const known = new Set(words(source))
  const brought = new Set(contentWords(answer).filter((word) => known.has(word) && !said.has(word)))
  return sum([...brought].map(weight))
}

/** The share of neighbouring word pairs that repeat an earlier pair, 0 to 1. */
export function repeatedBigramShare(text: string): number {
  const pairs = sentences(text).flatMap((sentence) => bigrams(words(sentence)))
  return pairs.length === 0 ? 0 : 1 - new Set(pairs).size / pairs.length
}

const numerals =
  `zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
  sixteen seventeen eighteen nineteen twenty`.split(/\s+/)

function unsupportedNumbers(text: readonly string[], source: ReadonlySet<string>): string[] {
  const stated = new Set(text.filter((word) => /^\p{N}+(?:[.,]\p{N}+)*$/u.test(word)))
  return [...stated].filter((number) => {
    const numeral = numerals[Number(number)]
    return !source.has(number) && !(numeral !== undefined && source.has(numeral))
  })
}

/** Joins numbers that a tokenizer tore apart: `235 , 000` is `235,000`, `1 . 8` is `1.8`. */
function closedNumbers(text: string): string {
  return text.replace(/(?<=\d)\s+(?:(,)\s*(?=\d{3}\b)|(\.)\s*(?=\d))/gu, '$1$2')
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : sum(values) / values.length
}
