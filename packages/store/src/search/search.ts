import type { Experiment, RunWithInputs, TraceFacts, TraceInfo } from '@voxtrace/model'
import { type FilterEntity, type FilterNode, parseFilter, parseOrderBy } from '@voxtrace/protocol'
import { sql } from 'kysely'
import type { Database } from '../database.ts'
import { experimentColumns, isExperimentId } from '../experiments.ts'
import { type RunRow, runColumns, runFromRow } from '../runs.ts'
import { traceColumns, withAssessments } from '../traces.ts'
import { type Condition, conditionOf } from './conditions.ts'
import { experimentCondition, orderColumn, runCondition, traceCondition } from './fields.ts'
import { pageOf, pageOffset } from './page-token.ts'
import { checkPatterns } from './patterns.ts'
import type { ExperimentQuery, Page, PageRequest, RunQuery, TraceQuery, ViewType } from './query.ts'

/** Searches in the filter language. */
export class Search {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Newest first unless ordered otherwise. @throws VoxtraceError when filter, order or token are malformed */
  async experiments(query: ExperimentQuery): Promise<Page<Experiment>> {
    const where = conditionOf(parse('experiments', query.filter), experimentCondition)
    const order = orderOf('experiments', query.orderBy, [
      sql`e.creation_time_ms DESC`,
      sql`e.experiment_id DESC`,
    ])
    return this.#page(
      query,
      (window) => sql<Experiment>`
      SELECT ${experimentColumns} FROM experiments e
      WHERE ${stage(sql`e.lifecycle_stage`, query.viewType)} AND ${where} ORDER BY ${order} ${window}`,
    )
  }

  /** Newest first unless ordered otherwise; runs without what they are ordered by come last. */
  async runs(query: RunQuery): Promise<Page<RunWithInputs>> {
    const where = conditionOf(parse('runs', query.filter), runCondition)
    const order = orderOf('runs', query.orderBy, [sql`r.start_time_ms DESC`, sql`r.run_id`])
    const page = await this.#page(
      query,
      (window) => sql<RunRow>`
      SELECT ${runColumns} FROM runs r
      WHERE r.experiment_id = ANY(${query.experimentIds.filter(isExperimentId)}::bigint[])
        AND ${stage(sql`r.lifecycle_stage`, query.viewType)} AND ${where} ORDER BY ${order} ${window}`,
    )
    return { ...page, items: page.items.map(runFromRow) }
  }

  /** Newest first unless ordered otherwise. */
  async traces(query: TraceQuery): Promise<Page<TraceInfo>> {
    const page = await this.traceFacts(query)
    return { ...page, items: await withAssessments(this.#database, page.items) }
  }

  /** As `traces`, without the assessments. */
  async traceFacts(query: TraceQuery): Promise<Page<TraceFacts>> {
    const filter = parse('traces', query.filter)
    await checkPatterns(this.#database, filter)
    const where = conditionOf(filter, traceCondition)
    const order = orderOf('traces', query.orderBy, [sql`t.request_time_ms DESC`, sql`t.trace_id`])
    return this.#page(
      query,
      (window) => sql<TraceFacts>`
      SELECT ${traceColumns} FROM traces t
      WHERE t.experiment_id = ANY(${query.experimentIds.filter(isExperimentId)}::bigint[]) AND ${where}
      ORDER BY ${order} ${window}`,
    )
  }

  async #page<Row>(
    { maxResults, pageToken: token }: PageRequest,
    statement: (window: Condition) => ReturnType<typeof sql<Row>>,
  ): Promise<Page<Row>> {
    const offset = pageOffset(token)
    const rows = await this.#database.rows(
      statement(sql`LIMIT ${maxResults + 1}::bigint OFFSET ${offset}::bigint`),
    )
    return pageOf(rows, maxResults, offset)
  }
}

function parse(entity: FilterEntity, filter: string | undefined): FilterNode {
  return parseFilter(filter ?? '', entity)
}

function orderOf(entity: FilterEntity, terms: string[] | undefined, defaults: Condition[]): Condition {
  const given = (terms ?? [])
    .flatMap((term) => parseOrderBy([term], entity))
    .map(
      ({ field, ascending }) =>
        sql`${orderColumn(field, entity)} ${sql.raw(ascending ? 'ASC' : 'DESC')} NULLS LAST`,
    )
  return sql.join([...given, ...defaults])
}

function stage(column: Condition, viewType: ViewType = 'ACTIVE_ONLY'): Condition {
  if (viewType === 'ALL') return sql`true`
  return sql`${column} = ${viewType === 'ACTIVE_ONLY' ? 'active' : 'deleted'}`
}
