import type { Passage } from './knowledge.ts'

/**
 * The question that a passage answers: its innermost heading, when that ends in a question mark. Null for other
 * passages.
 */
export function questionHeading({ title }: Pick<Passage, 'title'>): string | null {
  const heading = title.split(' > ').at(-1) ?? ''
  return /\?\s*$/.test(heading) ? heading : null
}
