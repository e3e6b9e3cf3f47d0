import type { Json, JsonObject } from '@voxtrace/model'
import type { RedactHook } from './options.ts'
import type { TraceInfo } from './record.ts'

/**
 * Runs the hooks over every text that leaves the process. Values are copied, never changed in place. A text that is JSON
 * is first looked through as what it stands for, so that its properties are known by their names.
 */
export class Redaction {
  readonly #hooks: readonly RedactHook[]
  readonly #onError: (error: unknown) => void

  constructor(hooks: readonly RedactHook[], onError: (error: unknown) => void) {
    this.#hooks = hooks
    this.#onError = onError
  }

  text(text: string, key: string | null): string {
    try {
      let redacted = this.#withinJson(text, key)
      for (const hook of this.#hooks) redacted = hook(redacted, key)
      return typeof redacted === 'string' ? redacted : '[redacted]'
    } catch (error) {
      this.#onError(error)
      return '[redaction failed]'
    }
  }

  #withinJson(text: string, key: string | null): string {
    const value = jsonIn(text)
    if (value === undefined) return text
    const redacted = JSON.stringify(this.value(value, key))
    return redacted === JSON.stringify(value) ? text : redacted
  }

  /** Keys are run through the hooks too, since maps of people are keyed by who they are. */
  value(value: Json, key: string | null): Json {
    if (typeof value === 'string') return this.text(value, key)
    if (typeof value === 'number') return this.#number(value, key)
    if (typeof value !== 'object' || value === null) return value
    return Array.isArray(value) ? value.map((item) => this.value(item, key)) : this.object(value)
  }

  optional(value: Json | undefined, key: string | null = null): Json | undefined {
    return value === undefined ? undefined : this.value(value, key)
  }

  object(values: JsonObject): JsonObject {
    const redacted: [string, Json][] = []
    for (const [key, value] of Object.entries(values)) {
      if (value !== undefined) redacted.push([this.text(key, null), this.value(value, key)])
    }
    return Object.fromEntries(redacted)
  }

  texts(values: Record<string, string>): Record<string, string> {
    return Object.fromEntries(
      Object.entries(values).map(([key, value]) => [this.text(key, null), this.text(value, key)]),
    )
  }

  info(info: TraceInfo): TraceInfo {
    return { ...info, metadata: this.texts(info.metadata), tags: this.texts(info.tags) }
  }

  /** What people wrote in an assessment, and who did; the rest is ids and times. */
  assessment(body: JsonObject): JsonObject {
    const redacted = { ...body }
    for (const key of ['assessment_name', 'source', 'feedback', 'expectation', 'rationale', 'metadata']) {
      const value = body[key]
      if (value !== undefined) redacted[key] = this.value(value, key)
    }
    return redacted
  }

  /** A number that a hook changes, such as a card number, becomes the hook's text. */
  #number(value: number, key: string | null): Json {
    const text = String(value)
    const redacted = this.text(text, key)
    return redacted === text ? value : redacted
  }
}

/** The object or array that a text is the JSON of. */
function jsonIn(text: string): Json | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
