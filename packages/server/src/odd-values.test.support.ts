import { mlflow } from '@voxtrace/protocol'
import { z } from 'zod'
import type { Chance } from './chance.test.support.ts'

const deep = (levels: number): unknown =>
  Array.from({ length: levels }).reduce<unknown>((inner) => [inner], 'deep')

export const oddities: unknown[] = [
  null,
  true,
  '',
  'a',
  '\0',
  '\ud800x',
  'x'.repeat(10_000),
  '../../etc/passwd',
  "'; DROP TABLE traces; --",
  '%',
  '-1',
  '9223372036854775808',
  'NaN',
  -1,
  0,
  0.5,
  1e308,
  -(2 ** 63),
  2 ** 53,
  [],
  [[]],
  {},
  { '': null, __proto__: 1 },
  deep(300),
  { key: 'k', value: 'v' },
]

export function damaged(body: Buffer, chance: Chance): Buffer {
  const at = chance.below(body.length + 1)
  switch (chance.below(5)) {
    case 0:
      return body.subarray(0, at)
    case 1:
      return Buffer.concat([body.subarray(0, at), body.subarray(chance.below(body.length + 1))])
    case 2:
      return Buffer.concat([body.subarray(0, at), chance.bytes(1 + chance.below(12)), body.subarray(at)])
    default: {
      const copy = Buffer.from(body)
      if (copy.length > 0) copy[at % copy.length] = chance.of([0, 0xff, 0x80, 0x7f, chance.below(256)])
      return copy
    }
  }
}

/** The value with something odd in one of its places. */
export function changedSomewhere(value: unknown, chance: Chance): unknown {
  if (typeof value !== 'object' || value === null || chance.is(0.08)) return chance.of(oddities)
  const entries = Object.entries(value)
  if (entries.length === 0) return chance.of(oddities)
  const [chosen] = chance.of(entries)
  const changed = entries.map(([key, inner]): [string, unknown] => [
    key,
    key === chosen ? changedSomewhere(inner, chance) : inner,
  ])
  return Array.isArray(value) ? changed.map(([, inner]) => inner) : Object.fromEntries(changed)
}

/** The fields of all messages by name, with what may stand in them. */
const fieldSchemas = new Map<string, z.core.JSONSchema.BaseSchema[]>()
for (const schema of Object.values(mlflow)) {
  if (schema instanceof z.ZodType)
    collectFields(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', cycles: 'ref' }))
}

function collectFields(schema: z.core.JSONSchema.BaseSchema): void {
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    if (typeof field === 'boolean') continue
    fieldSchemas.set(name, [...(fieldSchemas.get(name) ?? []), field])
    collectFields(field)
  }
  for (const inner of [schema.anyOf ?? [], schema.allOf ?? []].flat()) collectFields(inner)
}

/** Makes what stands in the fields of messages: mostly what may stand there, and now and then something odd. */
export class FieldValues {
  readonly #chance: Chance
  readonly #known: Record<string, string>

  /** @param known ids of what is there, by the names of fields */
  constructor(chance: Chance, known: Record<string, string>) {
    this.#chance = chance
    this.#known = known
  }

  /** The name of some field. */
  name(): string {
    return this.#chance.of([...fieldSchemas.keys()])
  }

  of(name: string): unknown {
    if (this.#chance.is(0.2)) return this.#chance.of(oddities)
    const id = this.#known[name]
    if (id !== undefined && this.#chance.is(0.8)) return id
    const schemas = fieldSchemas.get(name)
    return schemas === undefined ? this.#chance.of(oddities) : this.#valid(this.#chance.of(schemas), 0)
  }

  /** A value of a schema, or something odd in its place. */
  #valid(schema: z.core.JSONSchema.BaseSchema, depth: number): unknown {
    const chance = this.#chance
    if (depth > 6 || chance.is(0.1)) return chance.of(oddities)
    if (schema.const !== undefined) return schema.const
    if (schema.enum !== undefined) return chance.of(schema.enum)
    if (schema.anyOf !== undefined) return this.#valid(chance.of(schema.anyOf), depth + 1)
    switch (schema.type) {
      case 'string':
        return chance.of([
          'a',
          'text',
          '1',
          'true',
          '2026-01-01T00:00:00Z',
          'name = 1',
          "name = 'a'",
          '9'.repeat(19),
        ])
      case 'number':
      case 'integer':
        return chance.of([0, 1, 5, 1000, -1, 1_800_000_000_000, Number.MAX_SAFE_INTEGER])
      case 'boolean':
        return chance.is(0.5)
      case 'array':
        return Array.from({ length: chance.below(3) }, () => this.#inner(schema.items, depth))
      case 'object':
        return Object.fromEntries(
          Object.entries(schema.properties ?? {})
            .filter(() => chance.is(0.8))
            .map(([name, field]) => [
              name,
              this.#known[name] !== undefined && chance.is(0.7)
                ? this.#known[name]
                : this.#inner(field, depth),
            ]),
        )
      default:
        return chance.of(oddities)
    }
  }

  #inner(schema: unknown, depth: number): unknown {
    return isSchema(schema) ? this.#valid(schema, depth + 1) : this.#chance.of(oddities)
  }
}

function isSchema(value: unknown): value is z.core.JSONSchema.BaseSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
