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

/** The size of a file: `512 B`, `1.4 KB`, `20 MB`. */
export function formatBytes(bytes: number): string {
  const unit = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3))
  const value = bytes / 1000 ** unit
  return `${unit === 0 || value >= 10 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}

const units = ['B', 'KB', 'MB', 'GB', 'TB']
