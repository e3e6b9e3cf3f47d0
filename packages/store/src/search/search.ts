import type { Experiment, RunWithInputs, TraceFacts, TraceInfo } from '@voxtrace/model'
import { type FilterEntity, type FilterNode, parseFilter } from '@voxtrace/protocol'
import { sql } from 'kysely'
import type { Database } from '../database.ts'
import { experimentColumns } from '../experiments.ts'
import { type RunRow, runColumns, runFromRow } from '../runs.ts'
import { traceColumns, withAssessments } from '../traces.ts'
import { type Condition, conditionOf } from './conditions.ts'
import { experimentCondition, runCondition, traceCondition } from './fields.ts'
import { fromEach } from './from-each.ts'
import { furthestPlace } from './furthest-place.ts'
import { Keyset, type OrderTerm, type PageRow } from './keyset.ts'
import { orderTerms } from './order-terms.ts'
import { checkPatterns } from './patterns.ts'
import type { ExperimentQuery, Page, PageRequest, RunQuery, TraceQuery, ViewType } from './query.ts'
import { RareTags } from './rare-tags.ts'
import { askedTogether } from './together.ts'
import { traceOrdering } from './trace-order.ts'

/** Searches in the filter language. */
export class Search {
  readonly #database: Database
  readonly #rareTags = new RareTags()

  constructor(database: Database) {
    this.#database = database
  }

  /** Newest first unless ordered otherwise. @throws VoxtraceError when filter, order or token are malformed */
  async experiments(query: ExperimentQuery): Promise<Page<Experiment>> {
    const where = conditionOf(parse('experiments', query.filter), experimentCondition)
    const keyset = keysetOf('experiments', query, [
      { expression: sql`e.creation_time_ms`, type: 'bigint', ascending: false, nullable: false },
      { expression: sql`e.experiment_id`, type: 'bigint', ascending: false, nullable: false },
    ])
    const rows = await this.#database.rows(sql<Experiment & PageRow>`
      SELECT ${experimentColumns}, ${keyset.column} FROM experiments e
      WHERE ${stage(sql`e.lifecycle_stage`, query.viewType)} AND ${where} AND ${keyset.behind}
      ORDER BY ${keyset.orderBy} LIMIT ${query.maxResults + 1}::bigint`)
    return keyset.page(rows, query.maxResults)
  }

  /** Newest first unless ordered otherwise; runs without what they are ordered by come last. */
  async runs(query: RunQuery): Promise<Page<RunWithInputs>> {
    const where = conditionOf(parse('runs', query.filter), runCondition)
    const keyset = keysetOf('runs', query, [
      { expression: sql`r.start_time_ms`, type: 'bigint', ascending: false, nullable: false },
      { expression: sql`r.run_id`, type: 'text', ascending: true, nullable: false },
    ])
    const rows = await this.#database.rows(sql<RunRow & PageRow>`
      SELECT page.* FROM ${fromEach(
        query.experimentIds,
        [sql`runs r`],
        (id, runs) => sql`
        SELECT ${runColumns}, ${keyset.column} FROM ${runs}
        WHERE r.experiment_id = ${id} AND ${stage(sql`r.lifecycle_stage`, query.viewType)} AND ${where}
          AND ${keyset.behind}
        ORDER BY ${keyset.orderBy} LIMIT ${query.maxResults + 1}::bigint`,
      )} AS page
      ORDER BY ${keyset.orderByKey} LIMIT ${query.maxResults + 1}::bigint`)
    const page = keyset.page(rows, query.maxResults)
    return { ...page, items: page.items.map(runFromRow) }
  }

  /** Newest first unless ordered otherwise. */
  async traces(query: TraceQuery): Promise<Page<TraceInfo>> {
    const page = await this.traceFacts(query)
    return { ...page, items: await withAssessments(this.#database, page.items) }
  }

  /** As `traces`, without the assessments. */
  traceFacts(query: TraceQuery): Promise<Page<TraceFacts>> {
    return this.#traces<TraceFacts>(query, traceColumns)
  }

  /** The ids of those that `traces` finds. */
  async traceIds(query: TraceQuery): Promise<Page<string>> {
    const page = await this.#traces<{ traceId: string }>(query, sql`t.trace_id AS "traceId"`)
    return { ...page, items: page.items.map(({ traceId }) => traceId) }
  }

  /** Rows of what `traces` finds, with the columns of a table aliased `t`. */
  async #traces<Row>(query: TraceQuery, columns: Condition) {
    const filter = parse('traces', query.filter)
    await checkPatterns(this.#database, filter)
    const tagged = await this.#rareTags.condition(this.#database, filter)
    const where = sql`${conditionOf(filter, traceCondition, askedTogether)} AND ${tagged}`
    const ordering = traceOrdering(query)
    const { keyset } = ordering
    const furthest = await furthestPlace(this.#database, { filter, tagged, query, ordering })
    const rows = await this.#database.rows(sql<Row & PageRow>`
      SELECT page.* FROM ${fromEach(
        query.experimentIds,
        ordering.sources,
        (id, source) => sql`
        SELECT ${columns}, ${source.keyset.column} FROM ${source.from(id)} AND ${where} AND ${source.keyset.behind}
          AND ${furthest === null ? sql`true` : source.keyset.until(furthest)}
        ORDER BY ${source.keyset.orderBy} LIMIT ${query.maxResults + 1}::bigint`,
      )} AS page
      ORDER BY ${keyset.orderByKey} LIMIT ${query.maxResults + 1}::bigint`)
    return keyset.page(rows, query.maxResults, furthest)
  }
}

function parse(entity: FilterEntity, filter: string | undefined): FilterNode {
  return parseFilter(filter ?? '', entity)
}

/** The order that a query asks for, with the default one behind it, which tells any two rows apart. */
function keysetOf(
  entity: FilterEntity,
  { orderBy = [], pageToken }: PageRequest & { orderBy?: string[] },
  defaults: OrderTerm[],
): Keyset {
  return new Keyset([...orderTerms(entity, orderBy), ...defaults], [entity, ...orderBy], pageToken)
}

function stage(column: Condition, viewType: ViewType = 'ACTIVE_ONLY'): Condition {
  if (viewType === 'ALL') return sql`true`
  return sql`${column} = ${viewType === 'ACTIVE_ONLY' ? 'active' : 'deleted'}`
}
