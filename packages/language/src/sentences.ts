import { leadingAbbreviations, numberAbbreviations, trailingAbbreviations } from './abbreviations.ts'
import { paragraphs } from './paragraphs.ts'

const end = /(?:[.!?…]+|[。！？｡]+)[*_"'”’»)\]]*/gu
const unbroken = /`[^`]+`|\]\([^)\s]*\)|(?:https?:\/\/|www\.)\S*[^\s.,;:!?)\]]/gu

/**
 * The sentences of a text, plain or Markdown, in order, white space joined. A heading, a list item, a table row and a
 * fenced code block (whole, with its line ends) end where they end, without a full stop. Abbreviations, initials,
 * numbers, version numbers, URLs and inline code are not cut. Every word of the text is in one of the sentences.
 */
export function sentences(text: string): string[] {
  return paragraphs(text).flatMap((block) => (/^\s{0,3}(```|~~~)/.test(block) ? [block] : cut(block)))
}

function cut(block: string): string[] {
  const whole = Array.from(
    block.matchAll(unbroken),
    (match) => [match.index, match.index + match[0].length] as const,
  )
  const found: string[] = []
  let from = 0
  for (const match of block.matchAll(end)) {
    const to = match.index + match[0].length
    if (whole.some(([start, stop]) => match.index >= start && to <= stop)) continue
    if (!endsSentence(block.slice(from, match.index), match[0], block.slice(to, to + 8))) continue
    found.push(block.slice(from, to).trim())
    from = to
  }
  const rest = block.slice(from).trim()
  if (rest !== '') found.push(rest)
  return found
}

function endsSentence(before: string, mark: string, after: string): boolean {
  if (/^[。！？｡]/u.test(mark)) return true
  if (after !== '' && !/^\s/u.test(after)) return false
  if (!/[\p{L}\p{N}]/u.test(before)) return false
  const next = after.trimStart()
  const lowerCaseFollows = /^\p{Ll}/u.test(next)
  if (/^(\.{2,}|…)/u.test(mark)) return !lowerCaseFollows
  if (!mark.startsWith('.')) return true
  const last = /[\p{L}\p{N}.]+$/u.exec(before)?.[0] ?? ''
  const word = last.toLowerCase()
  if (/^\p{N}{1,9}$/u.test(word) && before.trim() === last) return false
  if (mark.length > 1) return true
  if (/^\p{Lu}$/u.test(last) && last !== 'I' && /^\p{Lu}/u.test(next)) return false
  if (leadingAbbreviations.has(word)) return false
  if (numberAbbreviations.has(word)) return !/^\p{N}/u.test(next)
  if (trailingAbbreviations.has(word)) return !lowerCaseFollows
  return true
}
