const fence = /^\s{0,3}(`{3,}|~{3,})/
const heading = /^\s{0,3}#{1,6}(\s|$)/
const underline = /^\s{0,3}(=+|-{2,})\s*$/
const listItem = /^\s*(?:[-*+•]|\d{1,9}[.)])\s+/
const tableRow = /^\s*\|/
const quote = /^\s*>\s?/

/**
 * The blocks of a text, plain or Markdown: paragraphs, headings, list items and table rows, each with its lines
 * joined, and every fenced code block as one block with its line ends kept. Underlines of headings and horizontal
 * rules are dropped, and a quotation's marks; no word is.
 */
export function paragraphs(text: string): string[] {
  const blocks: string[] = []
  let open: string[] = []
  let code: { mark: string; lines: string[] } | null = null
  const flush = () => {
    const joined = open.join(' ').replace(/\s+/gu, ' ').trim()
    if (joined !== '') blocks.push(joined)
    open = []
  }
  for (const line of text.split(/\r\n|[\n\r\u2028\u2029]/u)) {
    const mark = fence.exec(line)?.[1]
    if (code) {
      code.lines.push(line)
      if (mark?.startsWith(code.mark) && line.trim() === mark) {
        blocks.push(code.lines.join('\n'))
        code = null
      }
    } else if (mark) {
      flush()
      code = { mark, lines: [line] }
    } else if (line.trim() === '' || underline.test(line)) flush()
    else if (heading.test(line) || tableRow.test(line)) {
      flush()
      open.push(line)
      flush()
    } else {
      if (listItem.test(line)) flush()
      open.push(line.replace(quote, ''))
    }
  }
  flush()
  if (code) blocks.push(code.lines.join('\n'))
  return blocks
}
