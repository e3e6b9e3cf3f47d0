import type { Speech } from './speech.ts'

/** A sentence of what was said, with about when it was said; times are null where nobody is known to have spoken. */
export interface Sentence {
  text: string
  fromMs: number | null
  toMs: number | null
}

const sentence = /.+?(?:[.!?…]+["'”’)\]]*(?=\s|$)|[。！？]+|$)/gsu

/** Text cut after the marks that end sentences; nothing is lost but the spaces between them. */
export function sentencesOf(text: string): string[] {
  return (text.match(sentence) ?? []).map((found) => found.trim()).filter((found) => found !== '')
}

/**
 * The sentences of a text over the time in which it was spoken: each takes a share by its length, as speech runs at a nearly
 * even rate.
 */
export function timedSentences(text: string, speech: readonly Speech[]): Sentence[] {
  const sentences = sentencesOf(text)
  const total = sentences.reduce((sum, sentence) => sum + sentence.length, 0)
  const spokenMs = speech.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0)
  if (spokenMs <= 0 || total === 0) return sentences.map((text) => ({ text, fromMs: null, toMs: null }))
  let passed = 0
  return sentences.map((text) => {
    const from = passed / total
    passed += text.length
    return {
      text,
      fromMs: momentAt(speech, from * spokenMs, 'start'),
      toMs: momentAt(speech, (passed / total) * spokenMs, 'end'),
    }
  })
}

/** The moment on the axis at which so much has been spoken; at a pause, its end or its beginning. */
function momentAt(speech: readonly Speech[], spokenMs: number, edge: 'start' | 'end'): number {
  let left = spokenMs
  for (const [index, { fromMs, toMs }] of speech.entries()) {
    const length = toMs - fromMs
    const isLast = index === speech.length - 1
    if (left < length - 1e-6 || isLast || (edge === 'end' && left <= length + 1e-6))
      return fromMs + Math.min(left, length)
    left -= length
  }
  return 0
}
