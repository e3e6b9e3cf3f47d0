import { voxtrace } from '@voxtrace/model'
import type { SpanNode } from './span-tree.ts'

/** A span's name as a row shows it: turns carry their number, and the first that answers nobody is the greeting. */
export function spanTitle({ name, span }: SpanNode): string {
  const number = span.attributes[voxtrace.attributes.turnNumber]
  if (name !== voxtrace.spanNames.turn || number === undefined) return name
  return number === 0 ? 'greeting' : `${name} ${number}`
}
