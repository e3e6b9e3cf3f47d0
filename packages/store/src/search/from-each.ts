import { sql } from 'kysely'
import { isExperimentId, noExperiment } from '../experiments.ts'
import type { Condition } from './conditions.ts'

/**
 * The pages of several experiments, and where there are several of each source, each read along the index of its own order.
 * Written out one after the other, which Citus takes, unlike a lateral join with a limit.
 */
export function fromEach<Source>(
  experimentIds: string[],
  sources: readonly Source[],
  pageOf: (experimentId: Condition, source: Source) => Condition,
): Condition {
  const unreadable = experimentIds.find((id) => !/^\d+$/.test(id))
  if (unreadable !== undefined) throw noExperiment(unreadable)
  const ids: (string | null)[] = [...new Set(experimentIds.filter(isExperimentId))]
  // Of no experiment there is an empty page.
  const pages = (ids.length === 0 ? [null] : ids).flatMap((id) =>
    sources.map((source) => sql`(${pageOf(sql`${id}::bigint`, source)})`),
  )
  return sql`(${sql.join(pages, sql` UNION ALL `)})`
}
