import { haveSameItems } from '@voxtrace/model'
import { useRef } from 'react'

/** A list made anew, with those items of the one before that are the same in the same place; the one before where all are. */
export function useKeptItems<Item>(
  made: readonly Item[],
  isSame: (one: Item, other: Item) => boolean,
): readonly Item[] {
  const kept = useRef(made)
  const before = kept.current
  if (before !== made) {
    const items = made.map((item, index) => {
      const known = before[index]
      return known !== undefined && isSame(known, item) ? known : item
    })
    if (!haveSameItems(items, before)) kept.current = items
  }
  return kept.current
}
