import { createHash } from 'node:crypto'
import { sentences } from '@voxtrace/language'
import type { Document, Section } from './document.ts'
import type { Passage } from './knowledge.ts'

export interface ChunkLimits {
  /** Characters from which on a passage is full. */
  target: number
  /** Characters that no passage exceeds, but by the repeated sentence at its start. */
  most: number
  /** The longest last sentence that is repeated at the start of the next passage of the same section. */
  overlap: number
}

const defaultLimits: ChunkLimits = { target: 600, most: 1000, overlap: 160 }

/** Cuts documents into passages: one or more for every section, none across two. */
export function chunk(documents: readonly Document[], limits: ChunkLimits = defaultLimits): Passage[] {
  const passages: Passage[] = []
  const ids = new Set<string>()
  for (const { source, sections } of documents) {
    for (const section of sections) {
      const title = section.headings.length > 0 ? section.headings.join(' > ') : source
      for (const text of texts(section, limits)) {
        const id = createHash('sha256').update(`${source}\n${title}\n${text}`).digest('hex').slice(0, 24)
        if (ids.has(id)) continue
        ids.add(id)
        passages.push({ id, title, source, text })
      }
    }
  }
  return passages
}

/** The blocks of a section gathered into texts of about `target` characters. */
function texts(section: Section, limits: ChunkLimits): string[] {
  const gathered: string[] = []
  let open: string[] = []
  let length = 0
  for (const piece of section.blocks.flatMap((block) => pieces(block, limits.most))) {
    // Code belongs to the words before it, so it may fill a passage up to the limit.
    const limit = isCode(piece) ? limits.most : limits.target
    if (open.length > 0 && length + piece.length > limit) {
      gathered.push(open.join('\n\n'))
      const repeated = isCode(piece) ? null : lastSentence(open.at(-1) ?? '', limits.overlap)
      open = repeated ? [repeated] : []
      length = repeated?.length ?? 0
    }
    open.push(piece)
    length += piece.length + 2
  }
  if (open.length > 0) gathered.push(open.join('\n\n'))
  return gathered
}

/** A block as one piece, or cut at its lines or sentences into pieces of at most `most` characters. */
function pieces(block: string, most: number): string[] {
  if (block.length <= most) return [block]
  if (!isCode(block)) {
    const lined = /^\s*(?:[-*+•|]|\d{1,9}[.)])\s/mu.test(block)
    const parts = (lined ? block.split('\n') : sentences(block)).flatMap((part) => slices(part, most))
    return join(parts, lined ? '\n' : ' ', most)
  }
  const lines = block.split('\n')
  const open = lines[0] ?? '```'
  const close = lines.at(-1) ?? '```'
  const room = most - open.length - close.length - 2
  const inner = lines.slice(1, -1).flatMap((line) => slices(line, room))
  return join(inner, '\n', room).map((part) => `${open}\n${part}\n${close}`)
}

function join(parts: string[], separator: string, most: number): string[] {
  const joined: string[] = []
  for (const part of parts) {
    const last = joined.at(-1)
    if (last !== undefined && last.length + separator.length + part.length <= most) {
      joined[joined.length - 1] = last + separator + part
    } else joined.push(part)
  }
  return joined
}

function slices(text: string, most: number): string[] {
  const cut: string[] = []
  let rest = text
  while (rest.length > most) {
    const space = rest.lastIndexOf(' ', most)
    // Never between the two halves of a surrogate pair.
    const split = space > most / 2 ? space : most - (/[\uD800-\uDBFF]/.test(rest[most - 1] ?? '') ? 1 : 0)
    cut.push(rest.slice(0, split))
    rest = rest.slice(split).trimStart()
  }
  return rest === '' ? cut : [...cut, rest]
}

function isCode(block: string): boolean {
  return /^\s{0,3}(```|~~~)/.test(block)
}

function lastSentence(piece: string, most: number): string | null {
  if (isCode(piece) || piece.includes('\n')) return null
  const all = sentences(piece)
  const last = all.at(-1)
  return all.length > 1 && last && last.length <= most ? last : null
}
