import { sql } from 'kysely'
import { isExperimentId, noExperiment } from '../experiments.ts'
import type { Condition } from './conditions.ts'

/**
 * The pages of several experiments, each read along the index of its own order. Written out one after the other, which
 * Citus takes, unlike a lateral join with a limit.
 */
export function fromEach(experimentIds: string[], pageOf: (experimentId: Condition) => Condition): Condition {
  const unreadable = experimentIds.find((id) => !/^\d+$/.test(id))
  if (unreadable !== undefined) throw noExperiment(unreadable)
  const ids: (string | null)[] = [...new Set(experimentIds.filter(isExperimentId))]
  // Of no experiment there is an empty page.
  const pages = (ids.length === 0 ? [null] : ids).map((id) => sql`(${pageOf(sql`${id}::bigint`)})`)
  return sql`(${sql.join(pages, sql` UNION ALL `)})`
}
