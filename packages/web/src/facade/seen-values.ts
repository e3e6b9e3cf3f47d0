import type { Run } from '@voxtrace/model'
import type { SeenValues } from './filter-fields.ts'
import { quotedKey, quotedText } from './filter-text.ts'
import type { TraceRow } from './trace-row.ts'

/** More values of one field are not offered. */
const mostValues = 30

/** The tags of rows, and what can be filtered by as it stands in them. */
export function seenIn(rows: readonly TraceRow[]): { tagKeys: string[]; values: SeenValues } {
  const { values, see } = collector()
  const tagKeys = new Set<string>()
  for (const row of rows) {
    see('name', row.name)
    if (row.sessionId !== null) see('metadata.`mlflow.trace.session`', row.sessionId)
    if (row.userId !== null) see('metadata.`mlflow.trace.user`', row.userId)
    for (const [key, value] of Object.entries(row.tags)) {
      tagKeys.add(key)
      see(`tags.${quotedKey(key)}`, value)
    }
  }
  return { tagKeys: [...tagKeys].sort(), values }
}

/** What runs can be filtered by as it stands in them: metrics, parameters and tags. */
export function seenInRuns(runs: readonly Run[]): SeenValues {
  const { values, see } = collector()
  for (const { metrics, params, tags } of runs) {
    for (const { key } of metrics) see(`metrics.${quotedKey(key)}`, null)
    for (const [key, value] of Object.entries(params)) see(`params.${quotedKey(key)}`, value)
    for (const [key, value] of Object.entries(tags)) see(`tags.${quotedKey(key)}`, value)
  }
  return values
}

function collector() {
  const values = new Map<string, Set<string>>()
  const see = (field: string, value: string | null) => {
    const known = values.get(field) ?? new Set<string>()
    values.set(field, known)
    if (value !== null && known.size < mostValues) known.add(quotedText(value))
  }
  return { values, see }
}
