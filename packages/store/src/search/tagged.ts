import { VoxtraceError } from '@voxtrace/model'
import {
  type FilterNode,
  parseFilter,
  parseOrderBy,
  type TaggedEntity,
  taggedEntities,
} from '@voxtrace/protocol'
import { type RawBuilder, sql } from 'kysely'
import type { Database } from '../database.ts'
import { type Condition, conditionOf, numberCondition, textCondition } from './conditions.ts'
import { Keyset, type OrderTerm, type PageRow } from './keyset.ts'
import type { Page, PageRequest } from './query.ts'

/** A search of what has columns and tags, and nothing else. */
export interface TaggedQuery extends PageRequest {
  /** In MLflow's filter language; see `parseFilter`. */
  filter?: string
  orderBy?: string[]
}

/** Where an entity is kept and by which SQL its fields are read. */
export interface TaggedTable<Row> {
  entity: TaggedEntity
  /** What is selected, and from where. */
  selected: Condition
  from: RawBuilder<Row>
  columns: Record<string, Condition>
  /** The tags, a `jsonb` of texts. */
  tags: Condition
  /** Rows that are shown at all, given what the filter asks for. */
  shown?: (filter: FilterNode) => Condition
  /** Tags about which `shown` decides; what a filter says of them is left to it. */
  decided?: (key: string, filter: FilterNode) => boolean
  /** The order when none is given, and what breaks ties: it tells any two rows apart. */
  defaultOrder: OrderTerm[]
}

/** One page. @throws VoxtraceError INVALID_PARAMETER_VALUE when filter, order or token are malformed */
export async function searchTagged<Row>(
  database: Database,
  table: TaggedTable<Row>,
  query: TaggedQuery,
): Promise<Page<Omit<Row & PageRow, 'pageKey'>>> {
  const { entity, columns, tags } = table
  const filter = parseFilter(query.filter ?? '', entity)
  const column = (key: string) => {
    const known = Object.hasOwn(columns, key) ? columns[key] : undefined
    if (known !== undefined) return known
    throw new VoxtraceError('INVALID_PARAMETER_VALUE', `Invalid attribute key '${key}' specified.`)
  }
  const where = conditionOf(filter, ({ field, condition }) => {
    if (field.type === 'tag') {
      if (table.decided?.(field.key, filter) === true) return sql`true`
      return textCondition(sql`(${tags} ->> ${field.key}::text)`, condition)
    }
    const isNumber = 'value' in condition && typeof condition.value === 'number'
    return (isNumber ? numberCondition : textCondition)(column(keyOf(field)), condition)
  })
  const given = (query.orderBy ?? [])
    .flatMap((term) => parseOrderBy([term], entity))
    .map(({ field, ascending }): OrderTerm => {
      const isNumber = taggedEntities[entity][keyOf(field)]?.kind === 'number'
      const type = isNumber ? 'bigint' : 'text'
      return { expression: column(keyOf(field)), type, ascending, nullable: true }
    })
  const keyset = new Keyset(
    [...given, ...table.defaultOrder],
    [entity, ...(query.orderBy ?? [])],
    query.pageToken,
  )
  const rows = await database.rows(sql<Row & PageRow>`
    SELECT ${table.selected}, ${keyset.column} FROM ${table.from}
    WHERE ${table.shown?.(filter) ?? sql`true`} AND ${where} AND ${keyset.behind}
    ORDER BY ${keyset.orderBy} LIMIT ${query.maxResults + 1}::bigint`)
  return keyset.page(rows, query.maxResults)
}

function keyOf(field: { type: string; key?: string }): string {
  return field.key ?? field.type
}
