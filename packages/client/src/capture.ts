import type { Json, JsonObject } from '@voxtrace/model'
import { isBuiltIn, tagOf } from './is-a.ts'

const maxDepth = 24
const maxNodes = 20_000
/** An engine copies more properties than these one by one, and much slower than we do. */
const maxAtOnce = 64

/** What is left of the limits while one value is walked. */
interface Budget {
  bytes: number
  nodes: number
  /** The objects between the root and here, to find circles. */
  path: object[]
  /** How often something was left out. */
  cuts: number
}

/**
 * Copies values into plain JSON. Strings are immutable and are kept by reference, so that a copy costs little and its
 * JSON text can be made later. Never throws.
 *
 * BigInt becomes its decimal text, NaN and the infinities their names, dates their ISO text, maps and sets
 * objects and arrays, errors their name, message and stack, bytes their length. What is beyond `maxBytes`, deeper
 * than 24 levels, or circular is replaced with text that says so.
 */
export class Capture {
  readonly #maxBytes: number
  readonly #budget: Budget = { bytes: 0, nodes: 0, path: [], cuts: 0 }
  /** About how much memory the value captured last holds. */
  bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** How often a value, or a part of one, was cut. */
  get cuts(): number {
    return this.#budget.cuts
  }

  value(value: unknown): Json {
    const budget = this.#budget
    budget.bytes = this.#maxBytes
    budget.nodes = maxNodes
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

/** One value, as `Capture` copies it. */
export function capture(value: unknown, maxBytes: number): Json {
  return new Capture(maxBytes).value(value)
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

/** Undefined for what JSON leaves out. */
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
    case 'symbol':
      return copyString(value.toString(), budget)
    case 'object':
      break
    default:
      return undefined
  }
  if (value === null) return null
  const depth = budget.path.length
  try {
    return copyObject(value, budget)
  } catch (error) {
    budget.path.length = depth
    return `[unreadable: ${reason(error)}]`
  }
}

function copyObject(value: { toJSON?: unknown }, budget: Budget): Json | undefined {
  const { path } = budget
  for (let index = 0; index < path.length; index++) if (path[index] === value) return '[circular]'
  if (path.length >= maxDepth) return cutHere(budget, '[cut: too deep]')
  if (isSpent(budget)) return cutHere(budget, '[cut: too large]')
  path.push(value)
  const copied = copyContent(value, budget)
  path.pop()
  return copied
}

function copyContent(value: { toJSON?: unknown }, budget: Budget): Json | undefined {
  if (Array.isArray(value)) return copyArray(value, budget)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) {
    const special = copySpecial(value, budget)
    if (special !== notSpecial) return special
  }
  if (typeof value.toJSON === 'function') return copy(value.toJSON(), budget)
  return copyProperties(value, budget)
}

function cutHere(budget: Budget, note: string): string {
  budget.cuts++
  return note
}

const notSpecial = Symbol('not special')

function copySpecial(value: object, budget: Budget): Json | undefined | typeof notSpecial {
  const tag = tagOf(value)
  if (isBuiltIn(Error, value, tag)) return copyError(value, budget)
  if (ArrayBuffer.isView(value) || isBuiltIn(ArrayBuffer, value, tag)) {
    return `[${value.constructor.name}: ${value.byteLength} bytes]`
  }
  if (isBuiltIn<Map<unknown, Json>>(Map, value, tag)) return copyMap(value, budget)
  if (isBuiltIn(Set, value, tag)) return copySet(value, budget)
  if (isBuiltIn(Promise, value, tag)) return '[promise]'
  if (isBuiltIn(RegExp, value, tag)) return copyString(String(value), budget)
  return notSpecial
}

function copyArray(values: readonly unknown[], budget: Budget): Json {
  const total = values.length
  // As long as it becomes, since one that grows is made for seventeen items.
  const copied: Json[] = new Array(Math.min(total, budget.nodes))
  for (let index = 0; index < total; index++) {
    if (isSpent(budget)) {
      copied.length = index
      return cutItems(copied, total, budget)
    }
    copied[index] = copy(values[index], budget) ?? null
  }
  return copied
}

function copySet(values: ReadonlySet<unknown>, budget: Budget): Json {
  const copied: Json[] = []
  for (const value of values) {
    if (isSpent(budget)) return cutItems(copied, values.size, budget)
    copied.push(copy(value, budget) ?? null)
  }
  return copied
}

function cutItems(copied: Json[], total: number, budget: Budget): Json {
  copied.push(cutHere(budget, `[cut: ${total - copied.length} of ${total} items]`))
  return copied
}

/**
 * Copies all properties in one step, which an engine does many times as fast as one by one. Where there are many, or
 * reading one of them throws, they are read one by one.
 */
function copyProperties(value: object, budget: Budget): Json {
  const keys = Object.keys(value)
  if (keys.length > maxAtOnce) {
    const within = keys.slice(0, budget.nodes)
    return copyWithin(read(value, within), keys.length - within.length, budget)
  }
  let copied: JsonObject
  try {
    copied = { ...value }
  } catch {
    copied = read(value, keys)
  }
  return copyWithin(copied, 0, budget)
}

/** Properties by name, so that a getter that throws costs only itself. */
function read(value: object, keys: string[]): JsonObject {
  const properties = noProperties()
  for (const key of keys) {
    try {
      properties[key] = Reflect.get(value, key)
    } catch (error) {
      properties[key] = `[unreadable: ${reason(error)}]`
    }
  }
  return properties
}

/** A table by key: it takes any number of properties, each as fast as the one before, and `__proto__` is a key like others. */
function noProperties(): JsonObject {
  return Object.create(null)
}

/**
 * Puts copies in the place of everything in a flat copy that can change, and cuts off what is beyond the budget.
 *
 * @param left how many properties are not in the flat copy
 */
function copyWithin(copied: JsonObject, left: number, budget: Budget): Json {
  let total = left
  let cut = left
  for (const key in copied) {
    total++
    if (isSpent(budget)) {
      cut++
      delete copied[key]
      continue
    }
    budget.bytes -= key.length
    const property: unknown = copied[key]
    const kept = copy(property, budget)
    if (kept === undefined) delete copied[key]
    else if (kept !== property) copied[key] = kept
  }
  if (cut > 0) copied['[cut]'] = cutHere(budget, `${cut} of ${total} properties`)
  return copied
}

function copyMap(map: ReadonlyMap<unknown, Json>, budget: Budget): Json {
  const properties = noProperties()
  let count = 0
  for (const [key, value] of map) {
    if (count >= budget.nodes) break
    properties[String(key)] = value
    count++
  }
  return copyWithin(properties, map.size - count, budget)
}

function copyError(error: Error, budget: Budget): Json {
  return copyWithin(read(error, ['name', 'message', 'stack', ...Object.keys(error), 'cause']), 0, budget)
}

function isSpent(budget: Budget): boolean {
  return budget.nodes <= 0 || budget.bytes <= 0
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
    return String(isBuiltIn(Error, error) ? error.message : error)
  } catch {
    return 'an error that cannot be read'
  }
}
