const fewestWordsAtComma = 3
/** A first clause this short is not worth a breath of its own, unless it ends a sentence. */
const longestClause = 160

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

/** Where the first clause of the text ends, or -1 while that cannot be told. */
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
 * some words, and at the latest after 160 characters. Joined by spaces they give the text again.
 */
export async function* splitClauses(text: AsyncIterable<string>): AsyncGenerator<string> {
  let pending = ''
  for await (const piece of text) {
    pending += piece
    for (let end = clauseEnd(pending); end >= 0; end = clauseEnd(pending)) {
      const clause = pending.slice(0, end).trim()
      pending = pending.slice(end)
      if (clause) yield clause
    }
  }
  const last = pending.trim()
  if (last) yield last
}
