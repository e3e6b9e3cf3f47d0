import { VoxtraceError } from '@voxtrace/model'
import { z } from 'zod'
import { type Token, tokensOf } from '../filter/tokens.ts'
import { maxResults, optionalInteger, optionalText, requiredText, requiredTexts, texts } from './request.ts'

export type MetricView = 'TRACES' | 'SPANS' | 'ASSESSMENTS'
export type MetricAggregation =
  | { type: 'COUNT' | 'SUM' | 'AVG' | 'MIN' | 'MAX' }
  /** Between 0 and 100. */
  | { type: 'PERCENTILE'; percentile: number }

/** One condition of a query of metrics; all of them must hold. */
export interface MetricFilter {
  entity: 'trace' | 'span' | 'assessment'
  field: 'status' | 'tag' | 'metadata' | 'name' | 'type'
  /** Of tags and metadata; else empty. */
  key: string
  value: string
}

/** One group of an answer: its dimensions, and the values of the aggregations by their names (`AVG`, `P99.0`). */
export interface MetricPoint {
  dimensions: Record<string, string>
  values: Record<string, number>
}

const aggregation = z
  .object({
    aggregation_type: z.enum(['COUNT', 'SUM', 'AVG', 'MIN', 'MAX', 'PERCENTILE']),
    percentile_value: z.number().min(0).max(100).nullish(),
  })
  .transform(({ aggregation_type: type, percentile_value }, context): MetricAggregation => {
    if (type !== 'PERCENTILE') return { type }
    if (percentile_value != null) return { type, percentile: percentile_value }
    context.addIssue({ code: 'custom', message: 'percentile_value is required for PERCENTILE' })
    return z.NEVER
  })

export const queryTraceMetrics = z.object({
  experiment_ids: requiredTexts,
  view_type: z.enum(['TRACES', 'SPANS', 'ASSESSMENTS']),
  metric_name: requiredText,
  aggregations: z.array(aggregation).min(1),
  dimensions: texts,
  filters: texts,
  time_interval_seconds: optionalInteger,
  start_time_ms: optionalInteger,
  end_time_ms: optionalInteger,
  max_results: maxResults(1000, 10_000),
  page_token: optionalText,
})

export const filterCorrelation = z.object({
  experiment_ids: requiredTexts,
  filter_string1: requiredText,
  filter_string2: requiredText,
  base_filter: optionalText,
})

/** The name of an aggregation in an answer, such as `COUNT` and `P99.0`. */
export function aggregationName(aggregation: MetricAggregation): string {
  if (aggregation.type !== 'PERCENTILE') return aggregation.type
  const { percentile } = aggregation
  return `P${Number.isInteger(percentile) ? percentile.toFixed(1) : percentile}`
}

/** MLflow's MetricDataPoint. */
export function metricPointMessage(metricName: string, { dimensions, values }: MetricPoint) {
  return { metric_name: metricName, dimensions, values }
}

/** Whether each thing that may be filtered takes a key. */
const filterable: Record<MetricFilter['entity'], Partial<Record<MetricFilter['field'], boolean>>> = {
  trace: { status: false, tag: true, metadata: true },
  span: { name: false, status: false, type: false },
  assessment: { name: false, type: false },
}

/**
 * Parses a filter of a query of metrics, such as `trace.tag.team = 'voice'`.
 *
 * @throws VoxtraceError INVALID_PARAMETER_VALUE
 */
export function parseMetricFilter(text: string): MetricFilter {
  const [name, operator, value, ...rest] = tokensOf(text)
  const literal = textOf(value)
  if (
    name?.kind !== 'name' ||
    operator?.text !== '=' ||
    literal === null ||
    rest[0]?.kind !== 'end' ||
    rest.length > 1
  ) {
    throw refused(`Invalid filter: '${text}'. Expected one filter clause such as trace.status = 'OK'.`)
  }
  const [entity = '', field = '', ...keys] = name.segments.map((segment) => segment.value)
  const key = keys.join('.')
  if (!isEntity(entity)) {
    throw refused(`Invalid view type '${entity}'. Valid values are ${Object.keys(filterable).join(', ')}`)
  }
  const fields = filterable[entity]
  const known = fieldNames.find((one) => one === field)
  const takesKey = known === undefined ? undefined : fields[known]
  if (known === undefined || takesKey === undefined) {
    throw refused(
      `Invalid entity '${field}' specified for view type '${entity}'. Valid entities are ${Object.keys(fields).join(', ')}`,
    )
  }
  if (takesKey && key === '') {
    throw refused(`Filtering by ${field} requires a key, e.g. '${entity}.${field}.<key> = <value>'`)
  }
  if (!takesKey && key !== '') {
    throw refused(`Filtering by ${field} does not require a key, use '${entity}.${field}' instead`)
  }
  return { entity, field: known, key, value: literal }
}

const fieldNames = ['status', 'tag', 'metadata', 'name', 'type'] as const

function isEntity(text: string): text is MetricFilter['entity'] {
  return Object.hasOwn(filterable, text)
}

function textOf(token: Token | undefined): string | null {
  if (token?.kind === 'string') return token.value
  const only = token?.kind === 'name' && token.segments.length === 1 ? token.segments[0] : undefined
  return only?.quoted ? only.value : null
}

function refused(message: string): VoxtraceError {
  return new VoxtraceError('INVALID_PARAMETER_VALUE', message)
}
