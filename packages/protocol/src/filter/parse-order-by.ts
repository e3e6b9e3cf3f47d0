import { VoxtraceError } from '@voxtrace/model'
import { resolveField, taggedField } from './fields.ts'
import type { FilterEntity, FilterField, OrderBy } from './filter-node.ts'
import { isTagged } from './tagged-entities.ts'
import { filterError, type Token, tokensOf } from './tokens.ts'

/** What each kind of thing can be ordered by. */
const orderable: Record<FilterEntity, readonly FilterField['type'][]> = {
  experiments: ['experiment_attribute'],
  runs: ['run_attribute', 'metric', 'param', 'tag'],
  traces: ['trace_attribute', 'tag', 'metadata', 'turn'],
  registered_models: ['tagged_attribute'],
  model_versions: ['tagged_attribute'],
  evaluation_datasets: ['tagged_attribute'],
  logged_models: ['tagged_attribute'],
}

/**
 * Parses MLflow's order clauses, such as `metrics.accuracy DESC` or `timestamp_ms`; ascending unless it says DESC.
 * Throws `VoxtraceError` INVALID_PARAMETER_VALUE with MLflow's messages.
 */
export function parseOrderBy(texts: readonly string[], entity: FilterEntity): OrderBy[] {
  return texts.map((text) => parseTerm(text, entity))
}

function parseTerm(text: string, entity: FilterEntity): OrderBy {
  const [name, direction, ...rest] = tokensOf(text)
  const order = direction?.kind === 'end' ? 'ASC' : wordOf(direction)
  if (name?.kind !== 'name' || order === null || (direction?.kind !== 'end' && rest[0]?.kind !== 'end')) {
    throw filterError(`Invalid order_by clause '${text}'. Could not be parsed.`)
  }
  if (order !== 'ASC' && order !== 'DESC') {
    throw filterError(`Invalid ordering key in order_by clause '${text}'.`)
  }
  const field = orderField(name, entity, text)
  return { field, ascending: order === 'ASC' }
}

function orderField(name: Token & { kind: 'name' }, entity: FilterEntity, text: string): FilterField {
  const last = name.segments.at(-1)?.value
  const words = name.segments.length
  if (isTagged(entity)) return taggedField(last ?? '', entity, 'order', name.position).field
  if (last === 'experiment_id' && entity !== 'runs' && words <= 2) {
    const type = entity === 'experiments' ? 'experiment_attribute' : 'trace_attribute'
    const prefix = name.segments[0]?.value
    if (words === 1 || prefix === 'attribute' || prefix === 'attributes')
      return { type, key: 'experiment_id' }
  }
  const { field } = resolveField(name.segments, entity, name.position)
  if (
    !orderable[entity].includes(field.type) ||
    ('key' in field && field.key === 'prompt' && field.type === 'trace_attribute')
  ) {
    throw new VoxtraceError('INVALID_PARAMETER_VALUE', `Invalid order_by entity: ${field.type} in '${text}'`)
  }
  return field
}

function wordOf(token: Token | undefined): string | null {
  const only = token?.kind === 'name' && token.segments.length === 1 ? token.segments[0] : undefined
  return only === undefined || only.quoted ? null : only.value.toUpperCase()
}
