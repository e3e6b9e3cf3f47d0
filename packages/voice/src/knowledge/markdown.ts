import type { Section } from './document.ts'

const fence = /^\s{0,3}(`{3,}|~{3,})/
const heading = /^\s{0,3}(#{1,6})\s+(.+?)\s*#*\s*$/
const underline = /^\s{0,3}(?:(=+)|(-{2,}))\s*$/
const listItem = /^\s*(?:[-*+•]|\d{1,9}[.)])\s+/
const tableRule = /^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$/
const indented = /^(?: {4}|\t)\s*\S/
const rule = /^\s{0,3}(?:(?:-\s*){3,}|(?:\*\s*){3,}|(?:_\s*){3,})$/

/**
 * The sections of a Markdown or plain text. Headings are `#` lines and underlined lines. Links become their text;
 * images, comments, HTML tags, front matter and paragraphs that are nothing but links (menus) are left out.
 */
export function readMarkdown(text: string): Section[] {
  const reader = new SectionReader()
  let indentedCode: string[] = []
  const endIndentedCode = () => {
    const lines = indentedCode.join('\n').trimEnd()
    if (lines !== '') reader.block(`\`\`\`\n${lines}\n\`\`\``)
    indentedCode = []
  }
  const lines = withoutFrontMatter(text.replace(/^\uFEFF/u, '')).split(/\r\n|\r|\n/u)
  let code: { mark: string; lines: string[] } | null = null
  for (const line of lines) {
    const mark = fence.exec(line)?.[1]
    if (code) {
      code.lines.push(line)
      if (mark?.startsWith(code.mark) && line.trim() === mark) {
        reader.block(code.lines.join('\n'))
        code = null
      }
      continue
    }
    if (indented.test(line) ? reader.mayIndentCode : indentedCode.length > 0 && line.trim() === '') {
      indentedCode.push(line.replace(/^(?: {4}|\t)/, ''))
      continue
    }
    endIndentedCode()
    if (mark) {
      reader.endParagraph()
      code = { mark, lines: [line] }
      continue
    }
    readLine(reader, line)
  }
  if (code) reader.block([...code.lines, code.mark].join('\n'))
  endIndentedCode()
  reader.endParagraph()
  return reader.sections.filter((section) => section.blocks.length > 0)
}

function readLine(reader: SectionReader, line: string): void {
  const title = heading.exec(line)
  const under = underline.exec(line)
  const level = under?.[1] ? 1 : 2
  if (title) reader.heading(title[1]?.length ?? 1, title[2] ?? '')
  else if (under && reader.underlinable(level)) reader.underline(level)
  else if (line.trim() === '' || rule.test(line)) reader.endParagraph()
  else if (!tableRule.test(line)) reader.line(line)
}

class SectionReader {
  readonly sections: Section[] = [{ headings: [], blocks: [] }]
  #path: { level: number; title: string }[] = []
  #open: string[] = []

  /** Whether such an underline makes the last line a heading; dashes below several lines are a rule instead. */
  underlinable(level: number): boolean {
    const last = this.#open.at(-1)
    if (last === undefined || (level === 2 && this.#open.length > 1)) return false
    return !listItem.test(last) && !last.trim().startsWith('|')
  }

  /** Whether an indented line is code: after a blank line, and not as part of a list. */
  get mayIndentCode(): boolean {
    return this.#open.length === 0 && !listItem.test(this.sections.at(-1)?.blocks.at(-1) ?? '')
  }

  heading(level: number, raw: string): void {
    this.endParagraph()
    const title = plainInline(raw)
      .replace(/\*\*|`|(?<!\w)[*_]|[*_](?!\w)/g, '')
      .replace(/\s+/g, ' ')
      .trim()
    if (title === '') return
    this.#path = [...this.#path.filter((above) => above.level < level), { level, title }]
    this.sections.push({ headings: this.#path.map((above) => above.title), blocks: [] })
  }

  underline(level: number): void {
    const title = this.#open.pop() ?? ''
    this.heading(level, title)
  }

  line(line: string): void {
    this.#open.push(line)
  }

  block(block: string): void {
    this.sections.at(-1)?.blocks.push(block)
  }

  endParagraph(): void {
    const raw = this.#open.join('\n')
    this.#open = []
    if (!listItem.test(raw) && isMenu(raw)) return
    const text = plainInline(raw)
      .split('\n')
      .map((line) => line.trimEnd())
      .filter((line) => line.trim() !== '')
      .join('\n')
    if (/\p{L}/u.test(text)) this.block(text)
  }
}

function isMenu(text: string): boolean {
  const rest = text.replace(/!?\[(?:[^\]\\]|\\.)*\]\([^)]*\)/g, '')
  return rest !== text && !/[\p{L}\p{N}]/u.test(rest)
}

/** Text with links as their text, and without images, comments, HTML tags and escapes. */
function plainInline(text: string): string {
  return text
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/!\[[^\]]*\]\([^)]*\)/g, '')
    .replace(/\[((?:[^\]\\]|\\.)*)\]\([^)]*\)/g, '$1')
    .replace(/\[([^\]]+)\]\[[^\]]*\]/g, '$1')
    .replace(/<(https?:[^>\s]+)>/g, '$1')
    .replace(/<\/?[a-zA-Z][^<>]*>/g, '')
    .replace(/\\([\\`*_{}[\]()#+\-.!|<>~])/g, '$1')
}

function withoutFrontMatter(text: string): string {
  return text.replace(/^---\r?\n[\s\S]*?\r?\n---\r?\n/, '')
}
