import { createHash } from 'node:crypto'
import { VoxtraceError } from '@voxtrace/model'
import { sql } from 'kysely'
import type { Condition } from './conditions.ts'
import type { Page } from './query.ts'

/** One term of an order. All terms together must tell any two rows apart. */
export interface OrderTerm {
  expression: Condition
  type: 'bigint' | 'float8' | 'text'
  ascending: boolean
  /** Rows without a value come last, whatever the direction. */
  nullable: boolean
}

/** What places a row in an order. */
export type PageKey = (string | null)[]

/** What a statement of a page selects besides its columns. */
export interface PageRow {
  pageKey: PageKey
}

/**
 * Pages in an order, each beginning behind the last row of the one before. So a page costs the same however far down it
 * is, and rows that come or go meanwhile neither repeat nor hide others.
 *
 * A token is base64 of what places that row; its content is no promise.
 */
export class Keyset {
  readonly #terms: OrderTerm[]
  readonly #order: string
  readonly #after: PageKey | null

  /** @throws VoxtraceError INVALID_PARAMETER_VALUE when the token is not one of ours, or of another order */
  constructor(terms: OrderTerm[], order: readonly string[], token: string | null | undefined) {
    this.#terms = terms
    this.#order = createHash('sha256').update(JSON.stringify(order)).digest('base64').slice(0, 8)
    this.#after = token === null || token === undefined || token === '' ? null : this.#read(token)
  }

  /** The columns of ORDER BY. */
  get orderBy(): Condition {
    return sql.join(this.#terms.map((term) => directed(term.expression, term)))
  }

  /** The column `pageKey`, which `page` reads and takes away. */
  get column(): Condition {
    return sql`json_build_array(${sql.join(this.#terms.map(({ expression }) => sql`(${expression})::text`))}) AS "pageKey"`
  }

  /** The same order, of rows that were selected with `column`. */
  get orderByKey(): Condition {
    return sql.join(
      this.#terms.map((term, index) =>
        directed(sql`("pageKey" ->> ${sql.lit(index)})::${sql.raw(term.type)}`, term),
      ),
    )
  }

  /** That a row comes behind the page before. */
  get behind(): Condition {
    const after = this.#after
    return after === null ? sql`true` : sql`(${this.#bound(after, ['>=', '<='])} AND ${this.#beyond(after)})`
  }

  /** That a row comes at a place or before it. */
  until(place: PageKey): Condition {
    return sql`(${this.#bound(place, ['<=', '>='])} AND NOT ${this.#beyond(place)})`
  }

  #beyond(place: PageKey): Condition {
    const all = this.#terms.reduceRight<Condition | null>((further, term, index) => {
      const own = beyond(term, place[index] ?? null)
      return further === null ? own : sql`(${own} OR (${same(term, place[index] ?? null)} AND ${further}))`
    }, null)
    return all ?? sql`true`
  }

  /** What follows for the first term, said so that an index can begin or end there. */
  #bound([value]: PageKey, [ascending, descending]: readonly [string, string]): Condition {
    const [first] = this.#terms
    if (first === undefined || first.nullable || value === null || value === undefined) return sql`true`
    return sql`${first.expression} ${sql.raw(first.ascending ? ascending : descending)} ${typed(first, value)}`
  }

  /**
   * A page of rows of which one more was read than it holds, to tell whether another follows. `furthest` is where reading
   * stopped, when it stopped before the end: a page that is not full is followed by one that begins there.
   */
  page<Row extends PageRow>(
    rows: Row[],
    maxResults: number,
    furthest: PageKey | null = null,
  ): Page<Omit<Row, 'pageKey'>> {
    const kept = rows.slice(0, maxResults)
    const next = rows.length > maxResults ? (kept.at(-1)?.pageKey ?? null) : furthest
    return {
      items: kept.map(({ pageKey, ...row }) => row),
      nextPageToken: next === null ? null : this.#write(next),
    }
  }

  #write(after: PageKey): string {
    return Buffer.from(JSON.stringify({ order: this.#order, after })).toString('base64url')
  }

  #read(token: string): PageKey {
    const value = decoded(token)
    if (typeof value === 'object' && value !== null && 'after' in value && 'order' in value) {
      const { order, after } = value
      if (order === this.#order && Array.isArray(after) && after.length === this.#terms.length) {
        const keys: unknown[] = after
        if (keys.every((key, index) => fits(key, this.#terms[index]))) return keys
      }
      if (typeof order === 'string' && order !== this.#order)
        throw invalid(token, 'it belongs to another order')
    }
    throw invalid(token, 'could not decode it')
  }
}

function decoded(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString())
  } catch {
    // The caller answers it with what every malformed token is answered.
    return null
  }
}

const forms = {
  bigint: /^-?\d{1,19}$/,
  float8: /^(-?\d+(\.\d+)?(e[+-]?\d{1,3})?|NaN|-?Infinity)$/,
  text: /^[^\0]*$/s,
}

function fits(key: unknown, term: OrderTerm | undefined): key is string | null {
  if (term === undefined) return false
  if (key === null) return term.nullable
  if (typeof key !== 'string' || !forms[term.type].test(key)) return false
  return term.type !== 'bigint' || BigInt.asIntN(64, BigInt(key)) === BigInt(key)
}

function invalid(token: string, reason: string): VoxtraceError {
  return new VoxtraceError(
    'INVALID_PARAMETER_VALUE',
    `Invalid page token '${token.slice(0, 100)}', ${reason}. Give the next_page_token of an earlier answer of the same search, or none.`,
  )
}

function directed(expression: Condition, { ascending, nullable }: OrderTerm): Condition {
  return sql`${expression} ${sql.raw(ascending ? 'ASC' : 'DESC')}${sql.raw(nullable ? ' NULLS LAST' : '')}`
}

function typed({ type }: OrderTerm, value: string): Condition {
  return sql`${value}::${sql.raw(type)}`
}

function same(term: OrderTerm, value: string | null): Condition {
  return value === null ? sql`${term.expression} IS NULL` : sql`${term.expression} = ${typed(term, value)}`
}

function beyond(term: OrderTerm, value: string | null): Condition {
  if (value === null) return sql`false`
  const further = sql`${term.expression} ${sql.raw(term.ascending ? '>' : '<')} ${typed(term, value)}`
  return term.nullable ? sql`(${further} OR ${term.expression} IS NULL)` : further
}
