import type { ReviewItem } from '../api/reviews.ts'

/** Who else has scored an item, and whether one of them by every criterion. */
export interface OtherReviewers {
  names: string[]
  areDone: boolean
}

export function otherReviewersOf(
  { scores }: Pick<ReviewItem, 'scores'>,
  reviewer: string,
  criteria: readonly string[],
): OtherReviewers {
  const scored = new Map<string, Set<string>>()
  for (const { name, sourceId } of scores) {
    if (sourceId === reviewer || !criteria.includes(name)) continue
    scored.set(sourceId, (scored.get(sourceId) ?? new Set()).add(name))
  }
  return {
    names: [...scored.keys()].sort(),
    areDone: [...scored.values()].some((names) => names.size === criteria.length),
  }
}

/** Where in a queue that is divided up a person begins, so that not all begin with the same item. */
export function firstPlaceOf(reviewer: string, length: number): number {
  let sum = 0
  for (const letter of reviewer) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 1_000_003
  return length === 0 ? 0 : sum % length
}
