import { sql } from 'kysely'
import type { Connection } from '../database.ts'

/** A part that a trace has in the figures, as it is kept: metric, dimension, hour, value, bucket, count, sum. */
export type KeptCell = [string, string, number, string, number, number, number]

export interface KeptTrace {
  experimentId: string
  cells: KeptCell[]
}

interface Figure {
  experimentId: string
  cell: KeptCell
  count: number
  sum: number
}

/** How the figures change when traces get another part in them. */
export class FiguresChange {
  readonly #byPlace = new Map<string, Map<number, Figure>>()

  /** Adds what a trace contributes, or takes it back. */
  add({ experimentId, cells }: KeptTrace, sign: 1 | -1): void {
    let last: KeptCell | undefined
    let buckets = new Map<number, Figure>()
    for (const cell of cells) {
      const [metric, dimension, hour, value, bucket, count, sum] = cell
      // Cells of one place stand beside each other, and making its key costs more than the rest.
      if (last?.[0] !== metric || last[1] !== dimension || last[2] !== hour || last[3] !== value)
        buckets = this.#bucketsOf([experimentId, hour, metric, dimension, value].join('\0'))
      last = cell
      const figure = buckets.get(bucket)
      if (figure === undefined)
        buckets.set(bucket, { experimentId, cell, count: sign * count, sum: sign * sum })
      else {
        figure.count += sign * count
        figure.sum += sign * sum
      }
    }
  }

  #bucketsOf(place: string): Map<number, Figure> {
    const known = this.#byPlace.get(place)
    if (known !== undefined) return known
    const made = new Map<number, Figure>()
    this.#byPlace.set(place, made)
    return made
  }

  async write(transaction: Connection): Promise<void> {
    const changed = [...this.#byPlace.values()]
      .flatMap((buckets) => [...buckets.values()])
      .filter(({ count, sum }) => count !== 0 || sum !== 0)
    if (changed.length === 0) return
    await transaction.rows(sql`
      INSERT INTO dashboard_figures AS figures (experiment_id, metric, dimension, hour, value, bucket, count, sum)
      SELECT * FROM unnest(
        ${changed.map(({ experimentId }) => experimentId)}::bigint[], ${changed.map(({ cell }) => cell[0])}::text[],
        ${changed.map(({ cell }) => cell[1])}::text[], ${changed.map(({ cell }) => cell[2])}::bigint[],
        ${changed.map(({ cell }) => cell[3])}::text[], ${changed.map(({ cell }) => cell[4])}::int[],
        ${changed.map(({ count }) => count)}::bigint[], ${changed.map(({ sum }) => sum)}::float8[])
      ON CONFLICT (experiment_id, metric, dimension, hour, value, bucket) DO UPDATE
        SET count = figures.count + EXCLUDED.count, sum = figures.sum + EXCLUDED.sum`)
  }
}
