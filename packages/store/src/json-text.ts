/** Escapes that PostgreSQL cannot turn into text: U+0000, and halves of surrogate pairs (JSON.stringify escapes only lone ones). */
const unstorableEscape = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/g

/** JSON text of a value, with what PostgreSQL cannot store replaced by U+FFFD. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value) ?? 'null'
  return text.includes('\\u') ? text.replace(unstorableEscape, '$1\\ufffd') : text
}

/** Text with what PostgreSQL cannot store (U+0000, lone surrogates) replaced by U+FFFD. */
export function storableText(text: string): string {
  return (text.includes('\0') ? text.replaceAll('\0', '\ufffd') : text).toWellFormed()
}

/** An entry of an index of PostgreSQL has room for 2,700 bytes, of which a character may take four. */
const longestIndexed = 500

/** Text that is looked up by an index: as `storableText`, and cut where it is longer than an index is sure to take. */
export function indexableText(text: string): string {
  return storableText(text.slice(0, longestIndexed))
}

/** Texts by name, with what PostgreSQL cannot store replaced in both. */
export function storableRecord(record: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => [storableText(key), storableText(value)]),
  )
}
