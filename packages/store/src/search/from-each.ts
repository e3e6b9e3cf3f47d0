import { sql } from 'kysely'
import { isExperimentId, noExperiment } from '../experiments.ts'
import type { Condition } from './conditions.ts'

/** Reads each experiment along the index of its own order, however many they are; their pages are then merged. */
export function fromEach(experimentIds: string[]): Condition {
  const unreadable = experimentIds.find((id) => !/^\d+$/.test(id))
  if (unreadable !== undefined) throw noExperiment(unreadable)
  const ids = [...new Set(experimentIds.filter(isExperimentId))]
  return sql`SELECT page.* FROM unnest(${ids}::bigint[]) AS of (experiment_id) CROSS JOIN LATERAL`
}
