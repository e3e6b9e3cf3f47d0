import type { Json, JsonObject } from '@voxtrace/model'

const maxDepth = 24
const maxNodes = 20_000
/** The cost of copying all properties at once grows faster than their number. */
const maxAtOnce = 1000

/** What is left of the limits while one value is walked. */
interface Budget {
  bytes: number
  nodes: number
  /** The objects between the root and here, to find circles. */
  path: object[]
  /** How often something was left out. */
  cuts: number
}

/** Captures values within one bound, and keeps count of what was cut. */
export class Capture {
  readonly #maxBytes: number
  readonly #budget: Budget
  /** About how much memory the value captured last holds. */
  bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
    this.#budget = { bytes: 0, nodes: 0, path: [], cuts: 0 }
  }

  /** How often a value, or a part of one, was cut. */
  get cuts(): number {
    return this.#budget.cuts
  }

  /** As `capture`. */
  value(value: unknown): Json {
    switch (typeof value) {
      case 'string':
        if (value.length * 2 > this.#maxBytes) break
        this.bytes = value.length + 16
        return value
      case 'number':
        if (!Number.isFinite(value)) break
        this.bytes = 8
        return value
      case 'boolean':
        this.bytes = 8
        return value
    }
    const budget = this.#budget
    budget.bytes = this.#maxBytes
    budget.nodes = maxNodes
    if (budget.path.length > 0) budget.path = []
    const copied = copy(value, budget) ?? null
    this.bytes = this.#maxBytes - budget.bytes + 16
    return copied
  }

  /** The properties of an object; anything else becomes an empty object. */
  object(value: unknown): JsonObject {
    const copied = this.value(value)
    if (isObject(copied)) return copied
    this.bytes = 0
    return {}
  }

  /** As `captureText`, within the bound of values. */
  text(value: unknown): string {
    const text = captureText(value, this.#maxBytes)
    if (text.length > this.#maxBytes) this.#budget.cuts++
    return text
  }

  /** As `captureTexts`, within the bound of values. */
  texts(values: unknown): Record<string, string> {
    return captureTexts(values, this.#maxBytes)
  }
}

/**
 * Copies a value into plain JSON. Strings are immutable and are kept by reference, so that the copy costs little
 * and the JSON text can be made later. Never throws.
 *
 * BigInt becomes its decimal text, NaN and the infinities their names, dates their ISO text, maps and sets
 * objects and arrays, errors their name, message and stack, bytes their length. What is beyond `maxBytes`, deeper
 * than 24 levels, or circular is replaced with text that says so.
 */
export function capture(value: unknown, maxBytes: number): Json {
  const budget: Budget = { bytes: maxBytes, nodes: maxNodes, path: [], cuts: 0 }
  return copy(value, budget) ?? null
}

/** A value as text: strings as they are, anything else as the JSON of its copy. */
export function captureText(value: unknown, maxLength = 4096): string {
  if (typeof value === 'string') return cutText(value, maxLength)
  const captured = capture(value, maxLength)
  return typeof captured === 'string' ? captured : JSON.stringify(captured)
}

/** Each property of an object as text, without those that are undefined or null. Anything else gives none. */
export function captureTexts(values: unknown, maxLength = 4096): Record<string, string> {
  const texts: Record<string, string> = {}
  if (typeof values !== 'object' || values === null) return texts
  for (const key of Object.keys(values)) {
    const value: unknown = Reflect.get(values, key)
    if (value !== undefined && value !== null) texts[key] = captureText(value, maxLength)
  }
  return texts
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function copy(value: unknown, budget: Budget): Json | undefined {
  budget.nodes--
  budget.bytes -= 8
  switch (typeof value) {
    case 'string':
      return copyString(value, budget)
    case 'number':
      return Number.isFinite(value) ? value : String(value)
    case 'boolean':
      return value
    case 'bigint':
      return copyString(value.toString(), budget)
    case 'symbol':
      return copyString(value.toString(), budget)
    case 'object':
      break
    default:
      return undefined
  }
  if (value === null) return null
  try {
    return copyObject(value, budget)
  } catch (error) {
    return `[unreadable: ${reason(error)}]`
  }
}

function copyObject(value: object, budget: Budget): Json | undefined {
  if (budget.path.includes(value)) return '[circular]'
  if (budget.path.length >= maxDepth) return cutHere(budget, '[cut: too deep]')
  if (budget.nodes <= 0 || budget.bytes <= 0) return cutHere(budget, '[cut: too large]')
  budget.path.push(value)
  try {
    if (Array.isArray(value)) return copyArray(value, value.length, budget)
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype !== Object.prototype && prototype !== null) {
      const special = copySpecial(value, budget)
      if (special !== notSpecial) return special
    } else if ('toJSON' in value && typeof value.toJSON === 'function') {
      return copy(value.toJSON(), budget)
    }
    return copyProperties(value, budget)
  } finally {
    budget.path.pop()
  }
}

function cutHere(budget: Budget, note: string): string {
  budget.cuts++
  return note
}

const notSpecial = Symbol('not special')

function copySpecial(value: object, budget: Budget): Json | undefined | typeof notSpecial {
  if (value instanceof Error) return copyError(value, budget)
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    return `[${value.constructor.name}: ${value.byteLength} bytes]`
  }
  if (value instanceof Map) return copyMap(value, budget)
  if (value instanceof Set) return copyArray(value, value.size, budget)
  if (value instanceof Promise) return '[promise]'
  if (value instanceof RegExp) return copyString(String(value), budget)
  if ('toJSON' in value && typeof value.toJSON === 'function') return copy(value.toJSON(), budget)
  return notSpecial
}

function copyArray(values: Iterable<unknown>, length: number, budget: Budget): Json {
  const copied: Json[] = []
  for (const value of values) {
    if (budget.nodes <= 0 || budget.bytes <= 0) {
      copied.push(cutHere(budget, `[cut: ${length - copied.length} of ${length} items]`))
      break
    }
    copied.push(copy(value, budget) ?? null)
  }
  return copied
}

/**
 * Copies all properties in one step, which an engine does many times as fast as one by one. Where there are very many, or
 * reading one of them throws, they are read one by one.
 */
function copyProperties(value: object, budget: Budget): Json {
  const keys = Object.keys(value)
  let copied: JsonObject
  try {
    copied = keys.length > maxAtOnce ? read(value, keys.slice(0, budget.nodes)) : { ...value }
  } catch {
    copied = read(value, keys)
  }
  return copyWithin(copied, keys.length, budget)
}

/** Properties by name, so that a getter that throws costs only itself. */
function read(value: object, keys: string[]): JsonObject {
  return Object.fromEntries(
    keys.map((key) => {
      try {
        return [key, Reflect.get(value, key)]
      } catch (error) {
        return [key, `[unreadable: ${reason(error)}]`]
      }
    }),
  )
}

/** Puts copies in the place of everything in a flat copy that can change, and cuts off what is beyond the budget. */
function copyWithin(copied: JsonObject, total: number, budget: Budget): Json {
  let count = 0
  let isWhole = true
  for (const key in copied) {
    if (budget.nodes <= 0 || budget.bytes <= 0) {
      isWhole = false
      break
    }
    count++
    budget.bytes -= key.length
    const property: unknown = copied[key]
    const kept = copy(property, budget)
    if (kept === undefined) isWhole = false
    else if (kept !== property) copied[key] = kept
  }
  if (isWhole && count >= total) return copied
  const properties = Object.entries(copied).slice(0, count)
  // What JSON leaves out is left out here.
  const kept = Object.fromEntries(
    properties.filter(([, value]) => value !== undefined && typeof value !== 'function'),
  )
  if (count < total) kept['[cut]'] = cutHere(budget, `${total - count} of ${total} properties`)
  return kept
}

function copyMap(map: Map<unknown, Json>, budget: Budget): Json {
  const entries: [string, Json][] = []
  for (const [key, value] of map) {
    if (entries.length >= budget.nodes) break
    entries.push([String(key), value])
  }
  return copyWithin(Object.fromEntries(entries), map.size, budget)
}

function copyError(error: Error, budget: Budget): Json {
  const copied = read(error, ['name', 'message', 'stack', ...Object.keys(error), 'cause'])
  return copyWithin(copied, Object.keys(copied).length, budget)
}

function copyString(text: string, budget: Budget): string {
  if (text.length <= budget.bytes) {
    budget.bytes -= text.length
    return text
  }
  const cut = cutText(text, Math.max(0, budget.bytes))
  budget.bytes = 0
  return cutHere(budget, cut)
}

/** The first `length` characters, without holding on to the rest, and a note of what is missing. */
export function cutText(text: string, length: number): string {
  if (text.length <= length) return text
  // A slice holds on to the whole text; one that was made anew does not.
  const kept: unknown = JSON.parse(JSON.stringify(text.slice(0, length)))
  return `${kept}… [cut: ${text.length - length} of ${text.length} characters]`
}

function reason(error: unknown): string {
  return cutText(messageOf(error), 200)
}

/** What an error says, whatever was thrown. */
export function messageOf(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error)
  } catch {
    return 'an error that cannot be read'
  }
}
