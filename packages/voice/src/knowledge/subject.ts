import { basename, extname } from 'node:path'
import { words } from '@voxtrace/language'
import type { Document } from './document.ts'

/** Words that tell what kind of documents these are, not what they are about. */
const general = new Set(
  `a about an and answers api article articles book content contents data doc docs document documentation documents en
  faq file files for getting guide guides handbook help home how html index info information introduction kb
  knowledge knowledgebase latest main manual manuals master md my notes of on our overview page pages public
  questions readme reference site source src started static stable text texts the to tutorial tutorials txt
  user web website welcome wiki with your`.split(/\s+/),
)
const mostWords = 3

/**
 * What documents are about, as they themselves write it: what is left of the source's name, or else of the first
 * heading up to a colon or dash, without words such as "docs" and "guide". `modal_docs.txt` that speaks of Modal is
 * about "Modal". Null when nothing is left, or nothing that stands in the documents.
 */
export function subjectOf(source: string, documents: readonly Document[]): string | null {
  const text = documents
    .flatMap(({ sections }) => sections.flatMap(({ headings, blocks }) => [...headings.slice(-1), ...blocks]))
    .join('\n')
  const heading = documents[0]?.sections.find(({ headings }) => headings.length > 0)?.headings[0]
  return asWritten(nameOf(source), text) ?? asWritten(heading?.split(/\s*[:|–—]\s*|\s-\s/)[0] ?? '', text)
}

function nameOf(source: string): string {
  if (URL.canParse(source) && /^https?:/i.test(source)) {
    const labels = new URL(source).hostname.replace(/^www\./, '').split('.')
    return labels.at(-2) ?? ''
  }
  const name = basename(source)
  return name.slice(0, name.length - extname(name).length)
}

/** A name without its general words in the writing that is most frequent in the text, or null. */
function asWritten(name: string, text: string): string | null {
  const named = words(name.replaceAll('_', ' ')).filter((word) => !general.has(word))
  if (named.length === 0 || named.length > mostWords || !named.some((word) => /\p{L}{2}/u.test(word)))
    return null
  const pattern = new RegExp(
    `(?<![\\p{L}\\p{N}])${named.map(escaped).join('[\\s_-]+')}(?![\\p{L}\\p{N}])`,
    'giu',
  )
  const counts = new Map<string, number>()
  for (const [found] of text.matchAll(pattern)) counts.set(found, (counts.get(found) ?? 0) + 1)
  const capitals = [...counts].filter(([found]) => /^\p{Lu}/u.test(found))
  const [most] = capitals.sort(([, a], [, b]) => b - a)
  return most ? most[0].replace(/\s+/g, ' ') : null
}

function escaped(word: string): string {
  return word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
