import { VoxtraceError } from '@voxtrace/model'
import { z } from 'zod'

/**
 * Reads a request of MLflow's REST API: a JSON body, or the parameters of a query. Unknown fields are ignored.
 *
 * @throws VoxtraceError INVALID_PARAMETER_VALUE in MLflow's words, naming the parameter
 */
export function readRequest<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const result = schema.safeParse(input ?? {})
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const path = issue?.path ?? []
  const value = path.reduce<unknown>((inner, key) => member(inner, key), input)
  const name = parameterName(path)
  if (value === undefined || value === null || value === '') throw missingParameter(name)
  const shown = JSON.stringify(value).slice(0, 200)
  const isOfAnotherType = issue?.code === 'invalid_type' || issue?.code === 'invalid_union'
  const hint = isOfAnotherType
    ? `:  Hint: Value was of type '${pythonType(value)}'.${seeDocs}`
    : `. ${issue?.message}`
  throw new VoxtraceError(
    'INVALID_PARAMETER_VALUE',
    name === ''
      ? `The request is not a JSON object: ${shown}`
      : `Invalid value ${shown} for parameter '${name}' supplied${hint}`,
  )
}

const seeDocs = ' See the API docs for more information about request parameters.'

export function missingParameter(name: string): VoxtraceError {
  return new VoxtraceError(
    'INVALID_PARAMETER_VALUE',
    `Missing value for required parameter '${name}'.${seeDocs}`,
  )
}

/** What Python calls the type of a JSON value. */
function pythonType(value: unknown): string {
  if (Array.isArray(value)) return 'list'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float'
  return { string: 'str', boolean: 'bool', object: 'dict' }[String(typeof value)] ?? typeof value
}

function member(value: unknown, key: PropertyKey): unknown {
  return typeof value === 'object' && value !== null
    ? Object.getOwnPropertyDescriptor(value, key)?.value
    : undefined
}

/** A path as MLflow writes it, such as `metrics[0].timestamp`. */
function parameterName(path: PropertyKey[]): string {
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${String(key)}`))
    .join('')
}

/** A required text that is not empty. */
export const requiredText = z.string().min(1)

/** Protobuf leaves unset texts out or sends them empty; both mean not given. */
export const optionalText = z
  .string()
  .nullish()
  .transform((text) => (text === null || text === '' ? undefined : text))

/** int64: a number, or a decimal number in a string, as protobuf's JSON and query parameters have it. */
export const integer = z
  .union([z.int(), z.string().regex(/^-?\d{1,19}$/, 'It must be a whole number')])
  .transform(Number)

export const optionalInteger = integer.nullish().transform((value) => value ?? undefined)

/** A double: a number, or `NaN`, `Infinity`, `-Infinity` or a number in a string. */
export const double = z
  .union([
    z.number(),
    z.nan(),
    z
      .string()
      .regex(/^[+-]?(\d+\.?\d*([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?|Infinity|NaN)$/, 'It must be a number'),
  ])
  .transform(Number)

/** A double as protobuf's JSON has it: what is not finite is text, for JSON has no NaN. */
export function doubleMessage(value: number): number | string {
  return Number.isFinite(value) ? value : String(value)
}

/** A repeated field that must be given, though it may be empty. In a query one key once is not an array yet. */
export const requiredTexts = z.union([z.string().transform((text) => [text]), z.array(z.string())])

export const texts = requiredTexts.nullish().transform((list) => list ?? [])

/** A boolean of JSON or of a query, where Python's clients write `True` and `False`. */
export const boolean = z
  .union([
    z.boolean(),
    z
      .string()
      .regex(/^(true|false)$/i)
      .transform((text) => text.toLowerCase() === 'true'),
  ])
  .nullish()
  .transform((value) => value ?? false)

export const keyValue = z.object({
  key: requiredText,
  value: z
    .string()
    .nullish()
    .transform((text) => text ?? ''),
})

export const tags = z
  .array(keyValue)
  .nullish()
  .transform((list) => Object.fromEntries((list ?? []).map(({ key, value }) => [key, value])))

/** A value of an enum, by its name or by its place from 1, as protobuf's JSON allows both. */
export function byNameOrNumber<const Name extends string>(names: readonly [Name, ...Name[]]) {
  return z
    .union([z.string(), z.int()])
    .transform((given) => (/^[1-9]\d?$/.test(String(given)) ? names[Number(given) - 1] : given))
    .pipe(z.enum(names))
}

export const viewType = byNameOrNumber(['ACTIVE_ONLY', 'DELETED_ONLY', 'ALL'])
  .nullish()
  .transform((value) => value ?? 'ACTIVE_ONLY')

/** A page size between 1 and `largest`. */
export function maxResults(byDefault: number, largest: number) {
  return integer
    .refine((count) => count >= 1, { error: 'It must be a positive integer' })
    .refine((count) => count <= largest, { error: `It must be at most ${largest}` })
    .nullish()
    .transform((count) => count ?? byDefault)
}
