/** The text on one line, cut at a length with an ellipsis. */
export function ellipsized(text: string, length: number): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length <= length ? line : `${line.slice(0, length - 1).trimEnd()}…`
}

const collator = new Intl.Collator('en-US', { numeric: true })

/** Names as people order them: `layer_2` before `layer_10`. */
export function byName(a: string, b: string): number {
  return collator.compare(a, b)
}
