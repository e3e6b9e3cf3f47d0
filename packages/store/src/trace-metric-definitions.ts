import type { mlflow } from '@voxtrace/protocol'
import { sql } from 'kysely'
import { type Condition, numberIn } from './search/conditions.ts'

/** What a metric counts or measures, of tables aliased `t` (traces), `s` (spans) and `a` (assessments). */
export interface MetricDefinition {
  value: Condition
  aggregations: readonly mlflow.MetricAggregation['type'][]
  /** What it may be grouped by. */
  dimensions: Record<string, Condition>
  /** Whether equal values count once. */
  distinct?: true
  /** Whether its time is that of the span and not of the trace. */
  bySpanTime?: true
}

const count = ['COUNT'] as const
const statistics = ['AVG', 'MIN', 'MAX', 'PERCENTILE'] as const
const sums = ['SUM', ...statistics] as const

const traceName = { trace_name: sql`(t.tags ->> 'mlflow.traceName')` }
const model = { span_model_name: sql`s.model`, span_model_provider: sql`s.provider` }
const assessmentName = { assessment_name: sql`a.name` }

function tokens(key: string): MetricDefinition {
  const value = numberIn(sql`(t.metadata ->> 'mlflow.trace.tokenUsage')`, key)
  return { value, aggregations: sums, dimensions: traceName }
}

function cost(key: string): MetricDefinition {
  return { value: sql`s.${sql.ref(key)}`, aggregations: sums, dimensions: model, bySpanTime: true }
}

/** Numbers as they are, true and "yes" as 1, false and "no" as 0, as MLflow counts assessments. */
const assessmentValue = sql`(CASE json_typeof(a.value)
  WHEN 'number' THEN (a.value #>> '{}')::float8
  WHEN 'boolean' THEN (a.value #>> '{}')::boolean::int
  WHEN 'string' THEN CASE lower(trim(a.value #>> '{}')) WHEN 'yes' THEN 1 WHEN 'no' THEN 0 END END)`

/** The metrics that MLflow has, by view and name. */
export const metricDefinitions: Record<mlflow.MetricView, Record<string, MetricDefinition>> = {
  TRACES: {
    trace_count: {
      value: sql`t.trace_id`,
      aggregations: count,
      dimensions: { ...traceName, trace_status: sql`t.state` },
    },
    session_count: {
      value: sql`(t.metadata ->> 'mlflow.trace.session')`,
      aggregations: count,
      dimensions: {},
      distinct: true,
    },
    latency: { value: sql`t.execution_duration_ms`, aggregations: statistics, dimensions: traceName },
    input_tokens: tokens('input_tokens'),
    output_tokens: tokens('output_tokens'),
    total_tokens: tokens('total_tokens'),
    cache_read_input_tokens: tokens('cache_read_input_tokens'),
    cache_creation_input_tokens: tokens('cache_creation_input_tokens'),
  },
  SPANS: {
    span_count: {
      value: sql`s.span_id`,
      aggregations: count,
      dimensions: {
        span_name: sql`s.name`,
        span_type: sql`s.type`,
        span_status: sql`s.status_code`,
        ...model,
      },
    },
    latency: {
      value: sql`((s.end_time_ns - s.start_time_ns) / 1000000)`,
      aggregations: statistics,
      dimensions: { span_name: sql`s.name`, span_status: sql`s.status_code` },
    },
    input_cost: cost('input_cost'),
    output_cost: cost('output_cost'),
    total_cost: cost('total_cost'),
  },
  ASSESSMENTS: {
    assessment_count: {
      value: sql`a.assessment_id`,
      aggregations: count,
      dimensions: { ...assessmentName, assessment_value: sql`a.value::text` },
    },
    assessment_value: { value: assessmentValue, aggregations: statistics, dimensions: assessmentName },
  },
}
