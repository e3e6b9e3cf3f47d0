import { type CheerioAPI, load } from 'cheerio'
import type { Section } from './document.ts'
import { readMarkdown } from './markdown.ts'

const invisible =
  'script,style,noscript,template,svg,iframe,nav,header,footer,aside,form,button,[hidden],[aria-hidden="true"]'
const main = 'main,article,[role="main"]'

/**
 * The sections of an HTML page: of its main part if it names one, without menus, scripts and hidden elements.
 * The page is rewritten as Markdown and read as such, so that both have one reading.
 */
export function readHtml(html: string): Section[] {
  const $ = load(html)
  const title = $('title').first().text().trim()
  const found = $(main)
  const root = found.length > 0 ? found.first() : $('body')
  root.find(invisible).remove()

  root.find('pre').each((_, element) => {
    const code = $(element).text().replace(/\n+$/, '').replaceAll('```', "'''")
    $(element).replaceWith(literal($, `\n\n\`\`\`\n${code}\n\`\`\`\n\n`))
  })
  const inline = (text: string) => text.replace(/\s+/g, ' ').trim()
  root
    .find('code')
    .each((_, element) => void $(element).replaceWith(literal($, `\`${inline($(element).text())}\``)))
  for (let level = 1; level <= 6; level++) {
    root.find(`h${level}`).each((_, element) => {
      $(element).replaceWith(literal($, `\n\n${'#'.repeat(level)} ${inline($(element).text())}\n\n`))
    })
  }
  root.find('tr').each((_, element) => {
    const cells = $(element)
      .find('th,td')
      .toArray()
      .map((cell) => inline($(cell).text()))
    $(element).replaceWith(literal($, `\n| ${cells.join(' | ')} |`))
  })
  root.find('li').each((_, element) => void $(element).prepend('\n- '))
  root.find('br').replaceWith('\n')
  root.find('p,div,section,article,ul,ol,table,blockquote,dl,dt,dd').each((_, element) => {
    $(element).prepend('\n\n').append('\n\n')
  })
  const text = root.text().replace(/[^\S\n]+$/gm, '')
  const sections = readMarkdown(text)
  for (const section of sections)
    if (section.headings.length === 0 && title !== '') section.headings = [title]
  return sections
}

function literal($: CheerioAPI, text: string) {
  return $('<span></span>').text(text)
}
