import { useLocation } from '@tanstack/react-router'
import { useEffect, useMemo } from 'react'
import { SelectionStore } from '../../store/selection.ts'
import { ListFeed, type ListSource } from './list-feed.ts'

/** One list as its reader left it. */
export class KeptList<Row> {
  /** What was asked for. */
  readonly asked: string
  readonly feed: ListFeed<Row>
  readonly selection = new SelectionStore()
  scrollTop = 0
  /** The entry of the browser's history that it was last shown at. */
  entry = ''

  constructor(asked: string, source: ListSource<Row>) {
    this.asked = asked
    this.feed = new ListFeed(source)
  }
}

/** So many lists are kept. */
const mostKept = 4

/** Lists of one kind, by what was asked for, so that Back leads to the same rows at the same place. */
export class KeptLists<Row> {
  readonly #lists = new Map<string, KeptList<Row>>()

  /** The list that was shown at an entry of the history, or a new one. */
  at(entry: string, asked: string, source: ListSource<Row>): KeptList<Row> {
    const known = this.#lists.get(asked)
    const list = known?.entry === entry ? known : new KeptList(asked, source)
    this.#lists.delete(asked)
    this.#lists.set(asked, list)
    const [oldest] = this.#lists.keys()
    if (this.#lists.size > mostKept && oldest !== undefined) this.#lists.delete(oldest)
    return list
  }
}

/** The list that a page shows, live while it is shown. Another one for each thing asked for. */
export function useKeptList<Row>(
  lists: KeptLists<Row>,
  asked: readonly (string | undefined)[],
  source: ListSource<Row>,
): KeptList<Row> {
  const key = JSON.stringify(asked)
  const { pathname, state } = useLocation()
  const entry = state.__TSR_key ?? ''
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is asked for says when it is another list
  const { list, place } = useMemo(
    () => ({ list: lists.at(entry, key, source), place: pathname }),
    [lists, key],
  )
  useEffect(() => {
    // On the way to another page the address is that page's already.
    if (pathname === place) list.entry = entry
  }, [list, place, pathname, entry])
  useEffect(() => list.feed.start(), [list])
  return list
}
