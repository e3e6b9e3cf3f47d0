const separated = /[\p{L}\p{N}][\p{L}\p{M}\p{N}]*(?:['’][\p{L}\p{M}]+)*/gu
const number = /\p{N}+(?:[.,]\p{N}+)+/gu
const unspaced = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u

/**
 * The words of a text in order, in lower case and compatibility form (NFKC). A number keeps its decimals and loses
 * its thousands separators (`1,200.5` is `1200.5`); a contraction stays whole (`don't`); everything else that is not a
 * letter or digit separates, so that `min_containers` is two words. Scripts written without spaces are cut by
 * dictionary.
 */
export function words(text: string): string[] {
  const normal = text.normalize('NFKC').toLowerCase().replaceAll('’', "'")
  const found: string[] = []
  let from = 0
  for (const match of normal.matchAll(number)) {
    found.push(...plainWords(normal.slice(from, match.index)), bareNumber(match[0]))
    from = match.index + match[0].length
  }
  found.push(...plainWords(normal.slice(from)))
  return found
}

function plainWords(text: string): string[] {
  return Array.from(text.matchAll(separated), (match) => match[0]).flatMap((word) =>
    unspaced.test(word) ? segments(word) : [word],
  )
}

function segments(text: string): string[] {
  return Array.from(segmenter().segment(text))
    .filter((segment) => segment.isWordLike)
    .map((segment) => segment.segment)
}

let created: Intl.Segmenter | undefined
function segmenter(): Intl.Segmenter {
  created ??= new Intl.Segmenter(undefined, { granularity: 'word' })
  return created
}

function bareNumber(text: string): string {
  return /^\p{N}{1,3}(?:,\p{N}{3})+(?:\.\p{N}+)?$/u.test(text) ? text.replaceAll(',', '') : text
}
