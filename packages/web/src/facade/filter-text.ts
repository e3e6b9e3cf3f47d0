/** A text as the filter language writes it. */
export function quotedText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** A key as the filter language writes it, in backticks where it has to be. */
export function quotedKey(key: string): string {
  return /^[\p{L}\p{N}_][\p{L}\p{N}_/-]*$/u.test(key) ? key : `\`${key.replaceAll('`', '')}\``
}

/** Two filters that must both hold; an empty one asks for nothing. */
export function bothFilters(first: string, second: string): string {
  if (first.trim() === '') return second
  if (second.trim() === '') return first
  return `(${first}) AND ${second}`
}
