import { VoxtraceError } from '@voxtrace/model'
import { mlflow } from '@voxtrace/protocol'
import { sql } from 'kysely'
import type { Database } from './database.ts'
import { isExperimentId } from './experiments.ts'
import type { Condition } from './search/conditions.ts'
import { correlateFilters, type FilterPair, type TraceCorrelation } from './trace-correlation.ts'
import { type MetricDefinition, metricDefinitions } from './trace-metric-definitions.ts'

export interface TraceMetricQuery {
  experimentIds: string[]
  view: mlflow.MetricView
  metric: string
  aggregations: mlflow.MetricAggregation[]
  dimensions: string[]
  filters: mlflow.MetricFilter[]
  /** The width of the groups by time; null for none. With it both times must be given. */
  intervalSeconds: number | null
  /** Inclusive. */
  startTimeMs: number | null
  endTimeMs: number | null
  maxResults: number
}

const sources: Record<mlflow.MetricView, Condition> = {
  TRACES: sql`traces t`,
  SPANS: sql`traces t JOIN spans s ON s.trace_id = t.trace_id`,
  ASSESSMENTS: sql`traces t JOIN assessments a ON a.trace_id = t.trace_id AND a.valid`,
}

/** Figures over the traces, spans and assessments of experiments, grouped as MLflow's charts ask for them. */
export class TraceMetrics {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * The groups in order of time and dimensions. A group without a value, or without one of its dimensions, is left out.
   *
   * @throws VoxtraceError INVALID_PARAMETER_VALUE when the metric has no such aggregation or dimension
   */
  async query(query: TraceMetricQuery): Promise<mlflow.MetricPoint[]> {
    const metric = definitionOf(query)
    if (query.intervalSeconds !== null && (query.startTimeMs === null || query.endTimeMs === null)) {
      throw refused('start_time_ms and end_time_ms are required if time_interval_seconds is set')
    }
    const groups = groupsOf(query, metric)
    const time = metric.bySpanTime ? sql`(s.start_time_ns / 1000000)` : sql`t.request_time_ms`
    const conditions = [
      sql`t.experiment_id = ANY(${query.experimentIds.filter(isExperimentId)}::bigint[])`,
      sql`${metric.value} IS NOT NULL`,
      ...(query.startTimeMs === null ? [] : [sql`${time} >= ${query.startTimeMs}::bigint`]),
      ...(query.endTimeMs === null ? [] : [sql`${time} <= ${query.endTimeMs}::bigint`]),
      ...groups.map(({ value }) => sql`${value} IS NOT NULL`),
      ...query.filters.map((filter) => filterCondition(filter, query.view)),
    ]
    const selected = [
      ...groups.map(({ value }, index) => sql`${value} AS ${sql.id(`group${index}`)}`),
      ...query.aggregations.map(
        (aggregation, index) =>
          sql`(${aggregated(aggregation, metric)})::float8 AS ${sql.id(`value${index}`)}`,
      ),
    ]
    const places = sql.join(groups.map((_, index) => sql.raw(String(index + 1))))
    const rows = await this.#database.rows(sql<Record<string, string | number | null>>`
      SELECT ${sql.join(selected)} FROM ${sources[query.view]} WHERE ${sql.join(conditions, sql` AND `)}
      ${groups.length === 0 ? sql`` : sql`GROUP BY ${places} ORDER BY ${places}`} LIMIT ${query.maxResults}::bigint`)
    return rows.flatMap((row) => {
      const values = query.aggregations.flatMap((aggregation, index) => {
        const value = row[`value${index}`]
        return typeof value === 'number' ? [[mlflow.aggregationName(aggregation), value] as const] : []
      })
      if (values.length === 0) return []
      const dimensions = groups.map(({ name }, index) => [
        name,
        name === timeBucket ? isoTime(Number(row[`group${index}`])) : String(row[`group${index}`]),
      ])
      return [{ dimensions: Object.fromEntries(dimensions), values: Object.fromEntries(values) }]
    })
  }

  /** How two filters of traces go together. @throws VoxtraceError INVALID_PARAMETER_VALUE when a filter is malformed */
  async correlate(pair: FilterPair): Promise<TraceCorrelation> {
    return correlateFilters(this.#database, pair)
  }
}

const timeBucket = 'time_bucket'

function groupsOf(query: TraceMetricQuery, metric: MetricDefinition): { name: string; value: Condition }[] {
  const dimensions = query.dimensions.map((name) => {
    const value = metric.dimensions[name]
    if (value === undefined) {
      throw refused(
        `Found invalid dimension(s): ['${name}']. Supported dimensions: ${listed(Object.keys(metric.dimensions))}`,
      )
    }
    return { name, value }
  })
  if (query.intervalSeconds === null) return dimensions
  const time = query.view === 'SPANS' ? sql`(s.start_time_ns / 1000000)` : sql`t.request_time_ms`
  const width = query.intervalSeconds * 1000
  const value = sql`(floor(${time} / ${width}::float8) * ${width}::float8)`
  return [{ name: timeBucket, value }, ...dimensions]
}

function definitionOf(query: TraceMetricQuery): MetricDefinition {
  const metrics = metricDefinitions[query.view]
  const metric = Object.hasOwn(metrics, query.metric) ? metrics[query.metric] : undefined
  if (metric === undefined) {
    throw refused(`metric_name must be one of ${listed(Object.keys(metrics))}, got '${query.metric}'`)
  }
  const wrong = query.aggregations.filter(({ type }) => !metric.aggregations.includes(type))
  if (wrong.length > 0) {
    throw refused(
      `Found invalid aggregation_type(s): ${listed(wrong.map(({ type }) => type))}. Supported aggregation types: ${listed(metric.aggregations)}`,
    )
  }
  return metric
}

function aggregated(aggregation: mlflow.MetricAggregation, { value, distinct }: MetricDefinition): Condition {
  switch (aggregation.type) {
    case 'COUNT':
      return distinct ? sql`count(DISTINCT ${value})` : sql`count(${value})`
    case 'SUM':
      return sql`sum(${value})`
    case 'AVG':
      return sql`avg(${value})`
    case 'MIN':
      return sql`min(${value})`
    case 'MAX':
      return sql`max(${value})`
    case 'PERCENTILE':
      return sql`percentile_cont(${aggregation.percentile / 100}::float8) WITHIN GROUP (ORDER BY ${value})`
  }
}

function filterCondition(filter: mlflow.MetricFilter, view: mlflow.MetricView): Condition {
  const { entity, field, key, value } = filter
  if (entity === 'trace') {
    if (field === 'status') return sql`t.state = ${value}`
    if (field === 'tag') return sql`t.tags ->> ${key}::text = ${value}`
    const same = sql`t.metadata ->> ${key}::text = ${value}`
    if (key !== 'mlflow.sourceRun') return same
    return sql`(${same} OR EXISTS (SELECT FROM trace_runs l WHERE l.trace_id = t.trace_id AND l.run_id = ${value}))`
  }
  if (entity === 'span') {
    if (view !== 'SPANS') {
      throw refused(`Filtering by span is only supported for SPANS view type, got ${view}`)
    }
    const column = field === 'name' ? sql`s.name` : field === 'type' ? sql`s.type` : sql`s.status_code`
    return sql`${column} = ${value}`
  }
  if (view !== 'ASSESSMENTS') {
    throw refused(`Filtering by assessment is only supported for ASSESSMENTS view type, got ${view}`)
  }
  return field === 'name' ? sql`a.name = ${value}` : sql`a.kind = ${value.toLowerCase()}`
}

/** As Python writes a time of UTC. */
function isoTime(ms: number): string {
  const text = new Date(ms).toISOString().replace(/\.000Z$/, '')
  return `${text.replace(/Z$/, '')}+00:00`
}

function listed(words: readonly string[]): string {
  return `[${[...new Set(words)]
    .sort()
    .map((word) => `'${word}'`)
    .join(', ')}]`
}

function refused(message: string): VoxtraceError {
  return new VoxtraceError('INVALID_PARAMETER_VALUE', message)
}
