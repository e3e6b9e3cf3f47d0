import type { SpanRole } from './conventions/convention.ts'
import { firstOutputMs } from './read-span.ts'
import type { Span } from './span.ts'
import { byStart } from './span-tree.ts'

/** The spans of one turn by the part they play, each list in the order of starting. */
export class TurnStages {
  readonly #byRole = new Map<SpanRole, Span[]>()

  constructor(spans: Span[], roleOf: (span: Span) => SpanRole | null) {
    for (const span of spans) {
      const role = roleOf(span)
      if (role === null) continue
      const list = this.#byRole.get(role)
      if (list === undefined) this.#byRole.set(role, [span])
      else list.push(span)
    }
    for (const list of this.#byRole.values()) list.sort(byStart)
  }

  of(role: SpanRole): Span[] {
    return this.#byRole.get(role) ?? []
  }

  /** When the first span of the role began. */
  firstStart(role: SpanRole): bigint | null {
    return this.of(role)[0]?.startTimeUnixNano ?? null
  }

  /** When the last span of the role began. */
  lastStart(role: SpanRole): bigint | null {
    return this.of(role).at(-1)?.startTimeUnixNano ?? null
  }

  /** When the last span of the role ended; null while none has. */
  lastEnd(role: SpanRole): bigint | null {
    let last: bigint | null = null
    for (const { endTimeUnixNano: end } of this.of(role)) {
      if (end !== null && (last === null || end > last)) last = end
    }
    return last
  }

  /** When the first token or first byte came of the first span of the role that tells. */
  firstOutput(role: SpanRole): bigint | null {
    for (const span of this.of(role)) {
      const after = firstOutputMs(span)
      if (after !== null) return span.startTimeUnixNano + nanoseconds(after)
    }
    return null
  }
}

export function nanoseconds(milliseconds: number): bigint {
  return BigInt(Math.round(milliseconds * 1e6))
}
