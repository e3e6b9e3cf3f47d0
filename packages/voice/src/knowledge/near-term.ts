/**
 * The term of a vocabulary that a misheard one most likely stands for: one letter more, less, other or two swapped,
 * with the same first letter; of several the most frequent. Null when there is none, or the term has fewer than four
 * letters.
 */
export function nearTerm(term: string, frequencies: ReadonlyMap<string, number>): string | null {
  if (term.length < 4) return null
  let nearest: string | null = null
  let most = 0
  for (const [other, frequency] of frequencies) {
    if (frequency <= most || other[0] !== term[0] || Math.abs(other.length - term.length) > 1) continue
    if (!oneEditApart(term, other)) continue
    nearest = other
    most = frequency
  }
  return nearest
}

function oneEditApart(a: string, b: string): boolean {
  let from = 0
  while (from < a.length && a[from] === b[from]) from += 1
  let left = a.length - 1
  let right = b.length - 1
  while (left >= from && right >= from && a[left] === b[right]) {
    left -= 1
    right -= 1
  }
  const [changed, others] = [left - from + 1, right - from + 1]
  if (Math.max(changed, others) <= 1) return true
  return changed === 2 && others === 2 && a[from] === b[right] && a[left] === b[from]
}
