const fewestWordsAtComma = 3
const longestClause = 160
/** The first clause is what the listener waits for: one longer than this ends where a phrase does. */
const longestFirstClause = 60
const shortestFirstClause = 25
/** Words before which a speaker may take breath. */
const phraseStart =
  /\s(?=(?:and|but|or|so|which|that|who|because|when|where|while|if|with|without|for|from|by|in|on|at|as|to|into|through)\s)/gi

const abbreviations = new Set([
  'mr',
  'mrs',
  'ms',
  'dr',
  'st',
  'vs',
  'e.g',
  'i.e',
  'etc',
  'no',
  'fig',
  'approx',
])

function endsSentence(text: string, at: number): boolean {
  if (text[at] !== '.') return true
  const word = /[\w.]+$/.exec(text.slice(0, at))?.[0] ?? ''
  return !abbreviations.has(word.toLowerCase()) && !/^[A-Z]$/.test(word)
}

/** Where a phrase ends early enough for a first clause, or -1 when none does, or the text is not long enough to need it. */
function firstPhraseEnd(text: string): number {
  if (text.length <= longestFirstClause) return -1
  const ends = [...text.slice(0, longestFirstClause).matchAll(phraseStart)].map(({ index }) => index)
  return ends.findLast((end) => end >= shortestFirstClause) ?? -1
}

/** Where the text's next clause ends, or -1 while that cannot be told. */
function clauseEnd(text: string): number {
  const marks = /[.!?;:,\u2014\n](?=["')\]]*\s)/g
  for (let match = marks.exec(text); match; match = marks.exec(text)) {
    const at = match.index
    const words = text.slice(0, at).trim().split(/\s+/).length
    if (match[0] === '\n') return at + 1
    if (/[.!?]/.test(match[0]) ? !endsSentence(text, at) : words < fewestWordsAtComma) continue
    const closing = /^["')\]]*/.exec(text.slice(at + 1))?.[0].length ?? 0
    return at + 1 + closing
  }
  if (text.length <= longestClause) return -1
  const space = text.lastIndexOf(' ', longestClause)
  return space > 0 ? space : longestClause
}

/**
 * Splits streamed text into clauses to be spoken one after another: at the end of a sentence, at a comma after
 * some words, and at the latest after 160 characters; the first clause, before a phrase within its first 60. Joined by
 * spaces they give the text again.
 */
export async function* splitClauses(text: AsyncIterable<string>): AsyncGenerator<string> {
  let pending = ''
  let isFirst = true
  for await (const piece of text) {
    pending = (pending + piece).trimStart()
    for (let end = nextEnd(pending, isFirst); end >= 0; end = nextEnd(pending, isFirst)) {
      yield pending.slice(0, end).trimEnd()
      pending = pending.slice(end).trimStart()
      isFirst = false
    }
  }
  const last = pending.trimEnd()
  if (last) yield last
}

function nextEnd(text: string, isFirst: boolean): number {
  const end = clauseEnd(text)
  if (!isFirst || (end >= 0 && end <= longestFirstClause)) return end
  const phrase = firstPhraseEnd(text)
  return phrase >= 0 ? phrase : end
}
