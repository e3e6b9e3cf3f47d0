/** How many words the longest sequence has that stands in both texts in order, not necessarily unbroken. */
export function longestCommonSubsequence(a: readonly string[], b: readonly string[]): number {
  const [long, short] = a.length < b.length ? [b, a] : [a, b]
  const row = new Uint32Array(short.length + 1)
  for (const word of long) {
    let diagonal = 0
    for (let j = 1; j <= short.length; j++) {
      const above = row[j] ?? 0
      row[j] = word === short[j - 1] ? diagonal + 1 : Math.max(above, row[j - 1] ?? 0)
      diagonal = above
    }
  }
  return row[short.length] ?? 0
}
