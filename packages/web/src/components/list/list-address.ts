import { useMemo } from 'react'
import { bothFilters } from '../../facade/filter-text.ts'
import { timeFilter } from '../../facade/time-range.ts'
import type { ListChoice } from './list-toolbar.tsx'

/** What the address of a list asks for. `timeField` is where the language of its filter has the time. */
export function useListChoice(choice: ListChoice, timeField?: 'timestamp_ms' | 'start_time') {
  const { filter = '', last, from, to, columns } = choice
  const wanted = useMemo(
    () => bothFilters(filter, timeFilter({ last, from, to }, Date.now(), timeField)),
    [filter, last, from, to, timeField],
  )
  const chosen = useMemo(() => columns?.split(',') ?? null, [columns])
  return {
    /** What makes it another list. */
    asked: [filter, last, from, to],
    /** The whole filter, with the stretch of time. */
    wanted,
    /** Ids of the columns that the reader chose; null for the usual ones. */
    chosen,
  }
}
