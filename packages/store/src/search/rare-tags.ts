import type { FilterNode } from '@voxtrace/protocol'
import { sql } from 'kysely'
import type { Connection } from '../database.ts'
import { jsonText, storableText } from '../json-text.ts'
import type { Condition } from './conditions.ts'

/** Up to so many traces are found by their tag and then sorted; of more, the newest are soon met in passing. */
const fewTraces = 1_000
/** A tag that many traces had is not counted again for so long. One that has become rare meanwhile is only found slower. */
const rememberedMs = 60_000
const mostRemembered = 1_000

/** Finds out which tags few traces have. The database keeps no statistics of tags, so it is asked before a search. */
export class RareTags {
  /** Until when a tag counts as one that many traces have, by its JSON. */
  readonly #common = new Map<string, number>()

  /** What lets the traces that a filter asks for be found by the index on tags, where few have the tag. */
  async condition(connection: Connection, filter: FilterNode): Promise<Condition> {
    for (const tag of requiredTags(filter).map(jsonText)) {
      if ((this.#common.get(tag) ?? 0) > performance.now()) continue
      const having = sql`FROM traces tagged WHERE tagged.tags @> ${tag}::jsonb`
      const [found] = await connection.rows(
        sql<{ count: number }>`SELECT count(*) FROM (SELECT 1 ${having} LIMIT ${fewTraces + 1}) AS few`,
      )
      if ((found?.count ?? 0) <= fewTraces) {
        return sql`t.trace_id = ANY(ARRAY(SELECT tagged.trace_id ${having}))`
      }
      this.#remember(tag)
    }
    return sql`true`
  }

  #remember(tag: string): void {
    if (this.#common.size >= mostRemembered) this.#common.clear()
    this.#common.set(tag, performance.now() + rememberedMs)
  }
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
