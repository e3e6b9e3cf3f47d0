import type { FilterEntity, FilterField, FilterOperator, TaggedEntity } from './filter-node.ts'
import { isTagged, taggedEntities } from './tagged-entities.ts'
import { filterError, type NameSegment, place } from './tokens.ts'

/** What kind of value a field compares with. `any` takes what is written. */
type ValueKind = 'text' | 'number' | 'boolean' | 'any'

/** A field with what may be said of it. */
export interface ResolvedField {
  field: FilterField
  value: ValueKind
  operators: readonly FilterOperator[]
  /** Why the field takes no list, in MLflow's words, where it takes IN with a message of its own. */
  listRefusal?: string
}

const numeric = ['=', '!=', '>', '>=', '<', '<='] as const
const nullness = ['IS NULL', 'IS NOT NULL'] as const
const plainText = ['=', '!=', 'LIKE', 'ILIKE'] as const
const lists = ['IN', 'NOT IN'] as const
const freeText = [...plainText, ...nullness] as const
const traceText = [...plainText, 'RLIKE', ...lists] as const
const traceFreeText = [...plainText, 'RLIKE', ...nullness] as const
const anyValue = [...numeric, 'LIKE', 'ILIKE', 'RLIKE', ...lists, ...nullness] as const

const experimentKeys = {
  experiment_id: 'experiment_id',
  name: 'name',
  creation_time: 'creation_time',
  last_update_time: 'last_update_time',
} as const

const runKeys = {
  run_id: 'run_id',
  run_name: 'run_name',
  'run name': 'run_name',
  'Run name': 'run_name',
  'Run Name': 'run_name',
  user_id: 'user_id',
  status: 'status',
  artifact_uri: 'artifact_uri',
  start_time: 'start_time',
  created: 'start_time',
  Created: 'start_time',
  end_time: 'end_time',
} as const

const traceKeys = {
  request_id: 'request_id',
  trace_id: 'request_id',
  timestamp: 'timestamp_ms',
  timestamp_ms: 'timestamp_ms',
  execution_time: 'execution_time_ms',
  execution_time_ms: 'execution_time_ms',
  end_time: 'end_time_ms',
  end_time_ms: 'end_time_ms',
  status: 'status',
  client_request_id: 'client_request_id',
  name: 'name',
  run_id: 'run_id',
  prompt: 'prompt',
  tokens: 'tokens',
  cost: 'cost',
} as const

const numericKeys = new Set([
  'creation_time',
  'last_update_time',
  'start_time',
  'end_time',
  'timestamp_ms',
  'execution_time_ms',
  'end_time_ms',
  'tokens',
  'cost',
])

const listedTraceKeys = new Set(['name', 'status', 'request_id', 'run_id', 'client_request_id'])

const attributeWords = ['attribute', 'attributes', 'attr']

/** Words that may stand before the first dot, and how messages name them. */
const entityWords: Record<FilterEntity, { attribute: string[]; named: string[] }> = {
  experiments: { attribute: attributeWords, named: ['attribute', 'tag'] },
  runs: {
    attribute: [...attributeWords, 'run'],
    named: ['metric', 'parameter', 'tag', 'attribute', 'dataset'],
  },
  traces: {
    attribute: [...attributeWords, 'trace'],
    named: ['attribute', 'tag', 'metadata', 'span', 'feedback', 'expectation', 'score', 'turn'],
  },
  registered_models: { attribute: attributeWords, named: ['attribute', 'tag'] },
  model_versions: { attribute: attributeWords, named: ['attribute', 'tag'] },
  evaluation_datasets: { attribute: attributeWords, named: ['attribute', 'tag'] },
  logged_models: { attribute: attributeWords, named: ['attribute', 'tag'] },
}

/**
 * Finds the field that a name means for experiments, runs or traces. Throws `VoxtraceError` with MLflow's messages for
 * names it does not have.
 */
export function resolveField(segments: NameSegment[], entity: FilterEntity, position: number): ResolvedField {
  const [first, ...rest] = segments
  const word = first?.value ?? ''
  if (rest.length === 0) return attributeField(word, entity, position)
  const key = rest.map((segment) => segment.value).join('.')
  if (entityWords[entity].attribute.includes(word)) return attributeField(key, entity, position)
  const resolved = keyedField(word, key, entity) ?? specialField(word, key, rest, entity, position)
  if (resolved !== null) return resolved
  throw filterError(
    `Invalid entity type '${word}'. Valid values are ${quoted(entityWords[entity].named)}${place(position)}`,
  )
}

/** A column of registered models, their versions or evaluation datasets, for a filter or an order. */
export function taggedField(
  key: string,
  entity: TaggedEntity,
  use: 'filter' | 'order',
  position: number,
): ResolvedField {
  const columns = taggedEntities[entity]
  const column = Object.hasOwn(columns, key) ? columns[key] : undefined
  if (column === undefined || (column.only !== undefined && column.only !== use)) {
    const valid = Object.entries(columns).filter(([, { only }]) => only === undefined || only === use)
    throw unknownKey(
      key,
      valid.map(([name]) => name),
      position,
    )
  }
  const isNumber = column.kind === 'number'
  const resolved: ResolvedField = {
    field: { type: 'tagged_attribute', key },
    value: column.kind,
    operators: isNumber ? numeric : [...plainText, ...lists],
  }
  if (!isNumber && column.lists !== true) resolved.operators = plainText
  return resolved
}

function attributeField(key: string, entity: FilterEntity, position: number): ResolvedField {
  if (isTagged(entity)) return taggedField(key, entity, 'filter', position)
  if (entity === 'experiments') {
    const known = keyIn(experimentKeys, key)
    if (known !== null) {
      const isNumber = numericKeys.has(known)
      return {
        field: { type: 'experiment_attribute', key: known },
        value: isNumber ? 'number' : 'text',
        operators: isNumber ? numeric : known === 'experiment_id' ? [...plainText, ...lists] : plainText,
      }
    }
    throw unknownKey(key, Object.keys(experimentKeys), position)
  }
  if (entity === 'runs') {
    const known = keyIn(runKeys, key)
    if (known === null) throw unknownKey(key, Object.keys(runKeys), position)
    const isNumber = numericKeys.has(known)
    const resolved: ResolvedField = {
      field: { type: 'run_attribute', key: known },
      value: isNumber ? 'number' : 'text',
      operators: isNumber ? numeric : [...plainText, ...lists],
    }
    if (known !== 'run_id') {
      resolved.listRefusal =
        "Only the 'run_id' attribute supports comparison with a list of quoted string values."
    }
    return resolved
  }
  if (key === 'text') return spanContent
  const known = keyIn(traceKeys, key)
  if (known === null) throw unknownKey(key, [...Object.keys(traceKeys), 'text'], position)
  if (known === 'prompt') {
    return { field: { type: 'trace_attribute', key: known }, value: 'text', operators: ['='] }
  }
  const isNumber = numericKeys.has(known)
  const resolved: ResolvedField = {
    field: { type: 'trace_attribute', key: known },
    value: isNumber ? 'number' : 'text',
    operators: isNumber ? numeric : traceText,
  }
  if (!isNumber && !listedTraceKeys.has(known)) resolved.operators = [...plainText, 'RLIKE']
  return resolved
}

/** Fields under a name that the user chose. */
function keyedField(word: string, key: string, entity: FilterEntity): ResolvedField | null {
  if (word === 'tag' || word === 'tags') {
    const operators = entity === 'traces' ? traceFreeText : freeText
    return { field: { type: 'tag', key }, value: 'text', operators }
  }
  if (entity === 'runs') {
    if (word === 'metric' || word === 'metrics') {
      return { field: { type: 'metric', key }, value: 'number', operators: numeric }
    }
    if (['param', 'params', 'parameter', 'parameters'].includes(word)) {
      return { field: { type: 'param', key }, value: 'text', operators: freeText }
    }
  }
  if (entity === 'traces') {
    if (word === 'metadata' || word === 'request_metadata') {
      return { field: { type: 'metadata', key }, value: 'text', operators: traceFreeText }
    }
    if (word === 'feedback' || word === 'expectation') {
      return { field: { type: word, key }, value: 'any', operators: anyValue }
    }
    if (word === 'score') {
      return { field: { type: word, key }, value: 'number', operators: [...numeric, ...nullness] }
    }
  }
  return null
}

/** Fields whose keys are fixed: datasets of runs, spans and turns of traces. */
function specialField(
  word: string,
  key: string,
  rest: NameSegment[],
  entity: FilterEntity,
  position: number,
): ResolvedField | null {
  if (entity === 'runs' && (word === 'dataset' || word === 'datasets')) {
    if (key === 'name' || key === 'digest' || key === 'context') {
      return { field: { type: 'dataset', key }, value: 'text', operators: [...plainText, ...lists] }
    }
    throw filterError(
      `Invalid dataset key '${key}' specified. Valid keys are 'name', 'digest', 'context'${place(position)}`,
    )
  }
  if (entity !== 'traces') return null
  if (word === 'turn' || word === 'turns') return turnField(key)
  if (word !== 'span' && word !== 'spans') return null
  if (key === 'content') return spanContent
  if (key === 'name' || key === 'type' || key === 'status' || key === 'model') {
    return { field: { type: 'span', key }, value: 'text', operators: traceText }
  }
  if (key === 'first_token_ms') {
    return { field: { type: 'span', key }, value: 'number', operators: [...numeric, ...nullness] }
  }
  const [head, ...tail] = rest
  if ((head?.value === 'attributes' || head?.value === 'attribute') && tail.length > 0) {
    const attribute = tail.map((segment) => segment.value).join('.')
    return { field: { type: 'span_attribute', key: attribute }, value: 'any', operators: anyValue }
  }
  throw filterError(
    `Invalid span key '${key}' specified. Valid keys are 'name', 'type', 'status', 'model', 'first_token_ms', 'content', 'attributes.<key>'` +
      place(position),
  )
}

const spanContent: ResolvedField = {
  field: { type: 'span', key: 'content' },
  value: 'text',
  operators: ['LIKE', 'ILIKE'],
}

function turnField(key: string): ResolvedField {
  const field: FilterField = { type: 'turn', key }
  if (key === 'interrupted') return { field, value: 'boolean', operators: ['=', '!='] }
  if (key === 'voice_to_voice_ms' || key === 'number' || key.startsWith('latency.')) {
    return { field, value: 'number', operators: [...numeric, ...nullness] }
  }
  return { field, value: 'text', operators: traceFreeText }
}

function keyIn<Known extends string>(keys: Record<string, Known>, key: string): Known | null {
  return Object.hasOwn(keys, key) ? (keys[key] ?? null) : null
}

function unknownKey(key: string, valid: string[], position: number) {
  return filterError(
    `Invalid attribute key '${key}' specified. Valid keys are ${quoted(valid)}${place(position)}`,
  )
}

export function quoted(words: readonly string[]): string {
  return words.map((word) => `'${word}'`).join(', ')
}
