import { useMemo } from 'react'
import { bothFilters } from '../../facade/filter-text.ts'
import { type TimeRange, timeFilter } from '../../facade/time-range.ts'
import type { ListOrder } from './list-order.ts'

/** What is listed and how, as it stands in the address. */
export interface ListChoice extends TimeRange {
  filter?: string | undefined
  /** Ids of columns, with commas between them. */
  columns?: string | undefined
  /** `deleted` for what was deleted, where that can be had back. */
  stage?: string | undefined
  order?: string | undefined
}

/** What the address of a list asks for, and how to ask for something else. */
export interface ListAddress {
  choice: ListChoice
  /** What makes it another list. */
  asked: (string | undefined)[]
  /** The whole filter, with the stretch of time. */
  wanted: string
  /** Ids of the columns that the reader chose; null for the usual ones. */
  chosen: readonly string[] | null
  ordering: ListOrder
  onChoose(change: ListChoice): void
}

interface ListLanguage {
  /** Where the language of its filter has the time. */
  timeField: 'timestamp_ms' | 'start_time'
  /** What the order is called that begins with the newest. */
  newestFirst: string
}

/** The choices in the address of a list. */
export function useListAddress(
  choice: ListChoice,
  onAddress: (choice: ListChoice) => void,
  { timeField, newestFirst }: ListLanguage,
): ListAddress {
  const { filter = '', last, from, to, columns, stage, order = newestFirst } = choice
  const wanted = useMemo(
    () => bothFilters(filter, timeFilter({ last, from, to }, Date.now(), timeField)),
    [filter, last, from, to, timeField],
  )
  const chosen = useMemo(() => columns?.split(',') ?? null, [columns])
  const onChoose = (change: ListChoice) => onAddress(withoutEmpty({ ...choice, ...change }))
  return {
    choice,
    asked: [filter, last, from, to, stage, order],
    wanted,
    chosen,
    ordering: {
      order,
      usual: newestFirst,
      onOrder: (next) => onChoose({ order: next === newestFirst ? undefined : next }),
    },
    onChoose,
  }
}

/** The choices that ask for something, for the address. */
export function withoutEmpty<Choice extends object>(choice: Choice): Partial<Choice> {
  const kept: Partial<Choice> = { ...choice }
  for (const name in kept) if (!kept[name]) delete kept[name]
  return kept
}
