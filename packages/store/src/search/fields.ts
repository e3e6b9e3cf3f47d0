import { VoxtraceError } from '@voxtrace/model'
import type { FilterEntity, FilterField } from '@voxtrace/protocol'
import { sql } from 'kysely'
import { feedbackOf, feedbackValue, scoreOf, scoreValue } from './assessment-fields.ts'
import {
  type Comparison,
  type Condition,
  existing,
  existingInTrace,
  integerCondition,
  jsonCondition,
  numberCondition,
  numberIn,
  textCondition,
  unquoted,
} from './conditions.ts'
import type { OrderTerm } from './keyset.ts'
import { greatestOfTurns, turnCondition } from './turn-fields.ts'

const experimentColumns = {
  experiment_id: sql`e.experiment_id`,
  name: sql`e.name`,
  creation_time: sql`e.creation_time_ms`,
  last_update_time: sql`e.last_update_time_ms`,
}

const runColumns = {
  run_id: sql`r.run_id`,
  run_name: sql`r.run_name`,
  user_id: sql`r.user_id`,
  status: sql`r.status`,
  artifact_uri: sql`r.artifact_uri`,
  start_time: sql`r.start_time_ms`,
  end_time: sql`r.end_time_ms`,
}

const datasetColumns = {
  name: sql`d.name`,
  digest: sql`d.digest`,
  context: sql`(d.tags ->> 'mlflow.data.context')`,
}

const traceColumns = {
  experiment_id: sql`t.experiment_id`,
  request_id: sql`t.trace_id`,
  timestamp_ms: sql`t.request_time_ms`,
  execution_time_ms: sql`t.execution_duration_ms`,
  end_time_ms: sql`(t.request_time_ms + t.execution_duration_ms)`,
  status: sql`t.state`,
  client_request_id: sql`t.client_request_id`,
  name: sql`(t.tags ->> 'mlflow.traceName')`,
  run_id: sql`(t.metadata ->> 'mlflow.sourceRun')`,
  prompt: sql`(t.tags ->> 'mlflow.linkedPrompts')`,
  tokens: numberIn(sql`(t.metadata ->> 'mlflow.trace.tokenUsage')`, 'total_tokens'),
  cost: numberIn(sql`(t.metadata ->> 'mlflow.trace.cost')`, 'total_cost'),
}

const spanColumns = {
  name: sql`s.name`,
  type: sql`s.type`,
  status: sql`s.status_code`,
  model: sql`s.model`,
  content: sql`concat_ws(' ', s.name, s.attributes::text, s.events::text)`,
}

const integerKeys = new Set([
  'creation_time',
  'last_update_time',
  'start_time',
  'end_time',
  'timestamp_ms',
  'execution_time_ms',
  'end_time_ms',
])
const numberKeys = new Set(['tokens', 'cost'])

/** The condition of a comparison on experiments, of a table aliased `e`. */
export function experimentCondition({ field, condition }: Comparison): Condition {
  if (field.type === 'experiment_attribute') {
    if (field.key === 'experiment_id') return textCondition(sql`e.experiment_id::text`, condition)
    return comparing(field.key)(experimentColumns[field.key], condition)
  }
  if (field.type === 'tag') {
    const rows = sql`experiment_tags g WHERE g.experiment_id = e.experiment_id AND g.key = ${field.key}`
    return existing(rows, sql`g.value`, condition, textCondition)
  }
  throw unknownField(field, 'experiments')
}

/** The condition of a comparison on runs, of a table aliased `r`. */
export function runCondition({ field, condition }: Comparison): Condition {
  switch (field.type) {
    case 'run_attribute':
      return comparing(field.key)(runColumns[field.key], condition)
    case 'metric': {
      const rows = sql`latest_metrics m WHERE m.run_id = r.run_id AND m.key = ${field.key} AND m.value <> 'NaN'`
      return existing(rows, sql`m.value`, condition, numberCondition)
    }
    case 'param': {
      const rows = sql`params p WHERE p.run_id = r.run_id AND p.key = ${field.key}`
      return existing(rows, sql`p.value`, condition, textCondition)
    }
    case 'tag': {
      const rows = sql`run_tags g WHERE g.run_id = r.run_id AND g.key = ${field.key}`
      return existing(rows, sql`g.value`, condition, textCondition)
    }
    case 'dataset': {
      const rows = sql`run_datasets d WHERE d.run_id = r.run_id`
      return existing(rows, datasetColumns[field.key], condition, textCondition)
    }
    default:
      throw unknownField(field, 'runs')
  }
}

/** The condition of a comparison on traces, of a table aliased `t`. */
export function traceCondition({ field, condition }: Comparison): Condition {
  switch (field.type) {
    case 'trace_attribute':
      return traceAttributeCondition(field.key, condition)
    case 'tag':
      return textCondition(sql`(t.tags ->> ${field.key}::text)`, condition)
    case 'metadata':
      return metadataCondition(field.key, condition)
    case 'feedback':
    case 'expectation':
      return existing(feedbackOf(field.key, field.type), feedbackValue, condition, jsonCondition)
    case 'score':
      return existing(scoreOf(field.key), scoreValue, condition, numberCondition)
    case 'span':
      if (field.key === 'first_token_ms') {
        const rows = sql`spans s WHERE s.trace_id = t.trace_id AND s.first_token_ms IS NOT NULL`
        return existingInTrace(rows, sql`s.first_token_ms`, condition, numberCondition)
      }
      return existingInTrace(
        sql`spans s WHERE s.trace_id = t.trace_id`,
        spanColumns[field.key],
        condition,
        textCondition,
      )
    case 'span_attribute': {
      const value = sql`(s.attributes ->> ${field.key}::text)`
      const rows = sql`spans s WHERE s.trace_id = t.trace_id AND ${value} IS NOT NULL`
      return existingInTrace(rows, unquoted(value), condition, jsonCondition)
    }
    case 'turn':
      return turnCondition(field.key, condition)
    default:
      throw unknownField(field, 'traces')
  }
}

function metadataCondition(key: string, condition: Comparison['condition']): Condition {
  const compared = textCondition(sql`(t.metadata ->> ${key}::text)`, condition)
  // The indexes on metadata hold the traces that have a value.
  return condition.operator === '=' ? sql`(t.metadata ? ${key}::text AND ${compared})` : compared
}

function traceAttributeCondition(
  key: keyof typeof traceColumns,
  condition: Comparison['condition'],
): Condition {
  if (key === 'run_id' && 'value' in condition && condition.operator === '=') {
    const runId = String(condition.value)
    return sql`t.trace_id IN (
      SELECT made.trace_id FROM traces made
      WHERE made.metadata ? 'mlflow.sourceRun' AND made.metadata ->> 'mlflow.sourceRun' = ${runId}
      UNION ALL SELECT l.trace_id FROM trace_runs l WHERE l.run_id = ${runId})`
  }
  if (key === 'prompt' && 'value' in condition) {
    const [name, version] = String(condition.value).split('/')
    return sql`(${traceColumns.prompt})::jsonb @> ${JSON.stringify([{ name, version }])}::jsonb`
  }
  return comparing(key)(traceColumns[key], condition)
}

function comparing(key: string): typeof textCondition {
  if (integerKeys.has(key)) return integerCondition
  return numberKeys.has(key) ? numberCondition : textCondition
}

function unknownField(field: FilterField, entity: string): VoxtraceError {
  return new VoxtraceError(
    'INVALID_PARAMETER_VALUE',
    `Fields of type ${field.type} cannot be used to search ${entity}.`,
  )
}

/** The type of the column that orders by a field. */
export function orderType(field: FilterField): OrderTerm['type'] {
  switch (field.type) {
    case 'metric':
    case 'turn':
      return 'float8'
    case 'experiment_attribute':
    case 'trace_attribute':
      if (numberKeys.has(field.key)) return 'float8'
      return integerKeys.has(field.key) || field.key === 'experiment_id' ? 'bigint' : 'text'
    case 'run_attribute':
      return integerKeys.has(field.key) ? 'bigint' : 'text'
    default:
      return 'text'
  }
}

const alwaysThere = new Set([
  'experiment_id',
  'creation_time',
  'last_update_time',
  'start_time',
  'timestamp_ms',
  'request_id',
  'run_name',
  'status',
])

/** Whether rows may lack what a field orders by. Of what none lacks, an index has the order. */
export function mayBeAbsent(field: FilterField): boolean {
  switch (field.type) {
    case 'experiment_attribute':
    case 'run_attribute':
    case 'trace_attribute':
      return !alwaysThere.has(field.key)
    default:
      return true
  }
}

/** The column that orders by a field. */
export function orderColumn(field: FilterField, entity: FilterEntity): Condition {
  switch (field.type) {
    case 'experiment_attribute':
      return experimentColumns[field.key]
    case 'run_attribute':
      return runColumns[field.key]
    case 'trace_attribute':
      return traceColumns[field.key]
    case 'metric':
      return sql`(SELECT m.value FROM latest_metrics m WHERE m.run_id = r.run_id AND m.key = ${field.key})`
    case 'param':
      return sql`(SELECT p.value FROM params p WHERE p.run_id = r.run_id AND p.key = ${field.key})`
    case 'metadata':
      return sql`(t.metadata ->> ${field.key}::text)`
    case 'turn':
      return greatestOfTurns(field.key)
    case 'tag':
      if (entity === 'traces') return sql`(t.tags ->> ${field.key}::text)`
      return sql`(SELECT g.value FROM run_tags g WHERE g.run_id = r.run_id AND g.key = ${field.key})`
    default:
      throw new VoxtraceError(
        'INVALID_PARAMETER_VALUE',
        `Results cannot be ordered by fields of type ${field.type}.`,
      )
  }
}
