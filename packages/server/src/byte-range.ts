/**
 * The bytes that a request's `Range` asks for (RFC 9110, 14): `to` is exclusive. Null means the whole: no range, one that is
 * not understood, several at once, or one of an earlier version (`If-Range`).
 */
export function byteRange(
  range: string | undefined,
  ifRange: string | undefined,
  tag: string,
  size: number,
): { from: number; to: number } | 'unsatisfiable' | null {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/i.exec(range?.trim() ?? '') ?? []
  if ((first === '' && last === '') || (ifRange !== undefined && ifRange !== tag)) return null
  if (first === '') {
    const length = Number(last)
    return length === 0 || size === 0 ? 'unsatisfiable' : { from: Math.max(0, size - length), to: size }
  }
  const from = Number(first)
  if (last !== '' && Number(last) < from) return null
  if (from >= size) return 'unsatisfiable'
  return { from, to: last === '' ? size : Math.min(size, Number(last) + 1) }
}
