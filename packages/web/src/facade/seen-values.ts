import type { SeenValues } from './filter-fields.ts'
import { quotedKey, quotedText } from './filter-text.ts'
import type { TraceRow } from './trace-row.ts'

/** More values of one field are not offered. */
const mostValues = 30

/** The tags of rows, and what can be filtered by as it stands in them. */
export function seenIn(rows: readonly TraceRow[]): { tagKeys: string[]; values: SeenValues } {
  const values = new Map<string, Set<string>>()
  const tagKeys = new Set<string>()
  const see = (field: string, value: string | null) => {
    if (value === null) return
    const known = values.get(field) ?? new Set<string>()
    values.set(field, known)
    if (known.size < mostValues) known.add(quotedText(value))
  }
  for (const row of rows) {
    see('name', row.name)
    see('metadata.`mlflow.trace.session`', row.sessionId)
    see('metadata.`mlflow.trace.user`', row.userId)
    for (const [key, value] of Object.entries(row.tags)) {
      tagKeys.add(key)
      see(`tags.${quotedKey(key)}`, value)
    }
  }
  return { tagKeys: [...tagKeys].sort(), values }
}
