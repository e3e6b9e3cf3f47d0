/**
 * The tree that `parseFilter` makes of a filter text, for the store to turn into SQL.
 *
 * Names are canonical here: aliases of MLflow (`attr.`, `params.`, `timestamp`, `Run Name`, …) are resolved, and
 * values are already of the type that the field demands, so a reader of the tree needs no further checks.
 */

/** What can be filtered and ordered. */
export type FilterEntity = 'experiments' | 'runs' | 'traces' | TaggedEntity

/** What has columns and tags, and nothing else to filter by. */
export type TaggedEntity = 'registered_models' | 'model_versions' | 'evaluation_datasets' | 'logged_models'

export type FilterNode = AndNode | OrNode | NotNode | ComparisonNode

/** True when every operand is; an empty filter text is an `and` of no operands, which is true. */
export interface AndNode {
  kind: 'and'
  operands: FilterNode[]
}

/** True when at least one operand is; there are always two or more. */
export interface OrNode {
  kind: 'or'
  operands: FilterNode[]
}

export interface NotNode {
  kind: 'not'
  operand: FilterNode
}

/** One condition on one field. Conditions on spans and turns of one trace match different spans independently. */
export interface ComparisonNode {
  kind: 'comparison'
  field: FilterField
  condition: FilterCondition
  /** Where the condition begins in the filter text, counted from 0. */
  position: number
}

export type FilterCondition =
  | { operator: EqualityOperator; value: FilterLiteral }
  | { operator: OrderOperator; value: number }
  | { operator: PatternOperator; value: string }
  | { operator: ListOperator; values: string[] }
  | { operator: NullOperator }

export type EqualityOperator = '=' | '!='
export type OrderOperator = '>' | '>=' | '<' | '<='
/** `%` and `_` are the wildcards of LIKE and ILIKE; RLIKE takes a regular expression that matches anywhere. */
export type PatternOperator = 'LIKE' | 'ILIKE' | 'RLIKE'
/** The list is never empty. */
export type ListOperator = 'IN' | 'NOT IN'
export type NullOperator = 'IS NULL' | 'IS NOT NULL'
export type FilterOperator = EqualityOperator | OrderOperator | PatternOperator | ListOperator | NullOperator

/** Numbers only on numeric fields, booleans only on boolean ones; see each field. */
export type FilterLiteral = string | number | boolean

export type FilterField =
  | ExperimentAttributeField
  | RunAttributeField
  | TraceAttributeField
  | TaggedAttributeField
  | KeyedField
  | DatasetField
  | SpanField
  | TurnField

/**
 * A column of an experiment. The times are numbers (milliseconds since the epoch), the rest text; `experiment_id` alone takes
 * lists.
 */
export interface ExperimentAttributeField {
  type: 'experiment_attribute'
  key: 'experiment_id' | 'name' | 'creation_time' | 'last_update_time'
}

/** A column of a run. The times are numbers (milliseconds since the epoch), the rest text; `run_id` alone takes lists. */
export interface RunAttributeField {
  type: 'run_attribute'
  key: 'run_id' | 'run_name' | 'user_id' | 'status' | 'artifact_uri' | 'start_time' | 'end_time'
}

/**
 * A column of a trace, or what MLflow calls one.
 *
 * `timestamp_ms` and `end_time_ms` are milliseconds since the epoch and `execution_time_ms` milliseconds, numbers all
 * three. `name` is the tag `mlflow.traceName`; `run_id` the metadata `mlflow.sourceRun` or a run linked to the trace;
 * `tokens` and `cost` (US dollars) are numbers, the totals of the trace; `prompt` is `name/version` and takes `=` only; `request_id` is the trace's id (`tr-…`). `experiment_id` comes in orders
 * only, and `prompt` never does.
 */
export interface TraceAttributeField {
  type: 'trace_attribute'
  key:
    | 'experiment_id'
    | 'request_id'
    | 'timestamp_ms'
    | 'execution_time_ms'
    | 'end_time_ms'
    | 'status'
    | 'client_request_id'
    | 'name'
    | 'run_id'
    | 'prompt'
    | 'tokens'
    | 'cost'
}

/** A column of what has only columns and tags, by MLflow's name of it, such as `version_number` of a model version. */
export interface TaggedAttributeField {
  type: 'tagged_attribute'
  key: string
}

/**
 * A value under a name that the user chose.
 *
 * - `metric` (runs): number, the latest value.
 * - `param` (runs), `tag` (all entities), `metadata` (traces): text.
 * - `feedback` and `expectation` (traces): the value of a valid assessment of that name. A string literal compares
 *   with the value as text (`'yes'`, and `'5'` with the number 5), a number numerically (only order operators and
 *   equality; values that are no numbers do not match), a boolean with a JSON boolean.
 * - `score` (traces): number, of valid feedback of that name from a judge (a model or code, no person); `true` and `yes`
 *   are 1, `false` and `no` are 0.
 */
export interface KeyedField {
  type: 'metric' | 'param' | 'tag' | 'metadata' | 'feedback' | 'expectation' | 'score'
  key: string
}

/** A dataset that a run used; `context` is the input tag `mlflow.data.context`. Text. */
export interface DatasetField {
  type: 'dataset'
  key: 'name' | 'digest' | 'context'
}

/**
 * Any span of a trace. `span` fields are text: the span's name, its MLflow type, its status (`OK`, `ERROR`, `UNSET`),
 * its model, or its whole content as JSON (LIKE and ILIKE only); `first_token_ms` is a number. `span_attribute` is one attribute, text, number or boolean as
 * the literal is.
 */
export type SpanField =
  | { type: 'span'; key: 'name' | 'type' | 'status' | 'model' | 'content' | 'first_token_ms' }
  | { type: 'span_attribute'; key: string }

/**
 * Any turn of a trace, by the attribute of its turn span: `turn.` + key. `voice_to_voice_ms`, `number` and keys that
 * begin with `latency.` (such as `latency.first_token_ms`) are numbers, `interrupted` is a boolean, the rest text.
 */
export interface TurnField {
  type: 'turn'
  key: string
}

/**
 * One term of an order; the store adds its own tie breakers. Experiments are ordered by their columns, runs by their
 * columns, metrics, params and tags, traces by their columns, tags, metadata and turns (the highest of a trace's).
 */
export interface OrderBy {
  field: FilterField
  ascending: boolean
}
