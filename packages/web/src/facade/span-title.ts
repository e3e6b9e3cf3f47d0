import { voxtrace } from '@voxtrace/model'
import type { SpanNode } from './span-tree.ts'

/** A span's name as a row shows it: turns carry their number. */
export function spanTitle({ name, span }: SpanNode): string {
  const number = span.attributes[voxtrace.attributes.turnNumber]
  return name === voxtrace.spanNames.turn && number !== undefined ? `${name} ${number}` : name
}
