import { latencyParts, spanTypes } from '@voxtrace/model'
import { allJudges } from './judges.ts'
import { latencyPartLabels } from './latency.ts'

/** A field that a filter can name, with what it takes. */
export interface FilterChoice {
  name: string
  meaning: string
  kind: 'text' | 'number' | 'boolean'
  /** Values that are likely, as they are written. */
  values: readonly string[]
}

const fixedFields: FilterChoice[] = [
  number('turn.voice_to_voice_ms', 'slowest wait of a caller'),
  {
    name: 'turn.interrupted',
    meaning: 'the user spoke over an answer',
    kind: 'boolean',
    values: ['true', 'false'],
  },
  text('turn.user_text', 'what the user said'),
  text('turn.agent_text', 'what the agent answered'),
  number('turn.number', 'the turn, from 1'),
  ...latencyParts.map((part) =>
    number(`turn.latency.${part}_ms`, `${latencyPartLabels[part].toLowerCase()} of a turn`),
  ),
  text('status', 'how the trace ended', ["'OK'", "'ERROR'", "'IN_PROGRESS'"]),
  number('execution_time_ms', 'how long the trace took'),
  number('timestamp_ms', 'when the trace began'),
  text('name', 'the name of the trace'),
  text('text', 'anything said or recorded'),
  text('run_id', 'the run of the trace'),
  text('client_request_id', 'the id that the client gave'),
  text('span.name', 'the name of any span'),
  text(
    'span.type',
    'the type of any span',
    spanTypes.map((type) => `'${type}'`),
  ),
  text('span.status', 'how any span ended', ["'ERROR'", "'OK'", "'UNSET'"]),
  text('span.model', 'the model that any span used'),
  number('span.first_token_ms', 'how long any model took to its first token'),
  text('span.content', 'anything in any span'),
  ...allJudges.map(({ name, label }) => number(`feedback.\`${name}\``, `score for ${label.toLowerCase()}`)),
  ...allJudges.map(({ name, label }) =>
    number(`score.\`${name}\``, `score of a judge, no person, for ${label.toLowerCase()}`),
  ),
]

const fixedRunFields: FilterChoice[] = [
  text('status', 'how the run stands', ["'RUNNING'", "'FINISHED'", "'FAILED'", "'KILLED'"]),
  text('run_name', 'the name of the run'),
  text('run_id', 'the id of the run'),
  number('start_time', 'when the run began, in milliseconds since the epoch'),
  number('end_time', 'when the run ended, in milliseconds since the epoch'),
]

function number(name: string, meaning: string): FilterChoice {
  return { name, meaning, kind: 'number', values: [] }
}

function text(name: string, meaning: string, values: readonly string[] = []): FilterChoice {
  return { name, meaning, kind: 'text', values }
}

/** Values that were seen of fields that anybody may make up, by field. */
export type SeenValues = ReadonlyMap<string, ReadonlySet<string>>

/** The fields of the filter language, then those that were seen among the traces themselves. */
export function filterFields(seen: SeenValues): FilterChoice[] {
  const known = fixedFields.map((field) => {
    const values = [...field.values, ...(seen.get(field.name) ?? [])]
    return values.length > field.values.length ? { ...field, values } : field
  })
  const names = new Set(known.map(({ name }) => name))
  const others = [...seen].filter(([name]) => !names.has(name))
  return [...known, ...others.map(([name, values]) => text(name, 'seen on these traces', [...values]))]
}

/** The fields of the filter language for runs, then the metrics, parameters and tags that were seen among the runs. */
export function runFilterFields(seen: SeenValues): FilterChoice[] {
  const others = [...seen].map(([name, values]) =>
    name.startsWith('metrics.')
      ? number(name, 'a metric of these runs')
      : text(name, 'seen on these runs', [...values]),
  )
  return [...fixedRunFields, ...others]
}
