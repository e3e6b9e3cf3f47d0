import type { FilterNode } from '@voxtrace/protocol'
import { sql } from 'kysely'
import type { Connection } from '../database.ts'
import { jsonText, storableText } from '../json-text.ts'
import type { Condition } from './conditions.ts'

/** Up to so many traces are found by their tag and then sorted; of more, the newest are soon met in passing. */
const fewTraces = 1_000

/**
 * What lets the traces that a filter asks for be found by the index on tags, where few have the tag. The database keeps no
 * statistics of tags, so it is asked how many there are before the search.
 */
export async function rareTags(connection: Connection, filter: FilterNode): Promise<Condition> {
  for (const tag of requiredTags(filter)) {
    const having = sql`FROM traces tagged WHERE tagged.tags @> ${jsonText(tag)}::jsonb`
    const [found] = await connection.rows(
      sql<{ count: number }>`SELECT count(*) FROM (SELECT 1 ${having} LIMIT ${fewTraces + 1}) AS few`,
    )
    if ((found?.count ?? 0) <= fewTraces)
      return sql`t.trace_id = ANY(ARRAY(SELECT tagged.trace_id ${having}))`
  }
  return sql`true`
}

/** The tags that every trace must have for the filter to hold. */
function requiredTags(node: FilterNode): Record<string, string>[] {
  if (node.kind === 'and') return node.operands.flatMap(requiredTags)
  if (node.kind !== 'comparison' || node.condition.operator !== '=') return []
  const { field, condition } = node
  const key =
    field.type === 'tag'
      ? field.key
      : field.type === 'trace_attribute' && field.key === 'name'
        ? 'mlflow.traceName'
        : null
  return key === null ? [] : [{ [storableText(key)]: storableText(String(condition.value)) }]
}
