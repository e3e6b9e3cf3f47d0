import { type Log, VoxtraceError } from '@voxtrace/model'
import type { Dashboard, DashboardMetric, DashboardSeries } from '@voxtrace/protocol'
import { sql } from 'kysely'
import type { Database } from '../database.ts'
import { isExperimentId } from '../experiments.ts'
import type { Live } from '../live.ts'
import { Counting, countMarked } from './counting.ts'
import { addBuckets, type Buckets, figuresOf, histogramOf } from './histogram.ts'

export interface DashboardQuery {
  experimentId: string
  metrics: DashboardMetric[]
  /** Milliseconds since the epoch; widened to whole hours. */
  fromMs: number
  toMs: number
  stepMs: number
  /** `model`, `name` or `tag:KEY`. */
  groupBy?: string
}

const hourMs = 3_600_000
const mostGroups = 50
const mostSteps = 2_000
const countedOnly = new Set<DashboardMetric>([
  'traces',
  'failed_traces',
  'spans',
  'failed_spans',
  'turns',
  'interrupted_turns',
])

interface StepRow {
  metric: DashboardMetric
  value: string
  step: number
  /** `bucket:count:sum` joined by commas. */
  buckets: string
  sum: number
}

/** Figures over time, kept by hour, for dashboards. */
export class Dashboards {
  readonly #database: Database
  readonly #background: Database
  readonly #live: Live
  readonly #log: Log

  /** @param background for counting, which may take long and which nobody waits for */
  constructor(database: Database, background: Database, live: Live, log: Log) {
    this.#database = database
    this.#background = background
    this.#live = live
    this.#log = log
  }

  /** Keeps the figures up to date from this process; several may. */
  keep(): { stop(): Promise<void> } {
    return new Counting(this.#background, this.#live, this.#log)
  }

  /** Brings the figures up to date now, unless another process is about it. */
  async settle(): Promise<void> {
    while (await countMarked(this.#background, this.#live)) {
      // Goes on until nothing is marked.
    }
  }

  /** @throws VoxtraceError INVALID_PARAMETER_VALUE for a stretch of time that is empty or has too many steps */
  async read(query: DashboardQuery): Promise<Dashboard> {
    const fromHour = Math.floor(query.fromMs / hourMs)
    const toHour = Math.ceil(query.toMs / hourMs)
    const stepHours = Math.max(1, Math.ceil(query.stepMs / hourMs))
    if (toHour <= fromHour) throw refused('to_ms must be later than from_ms')
    if ((toHour - fromHour) / stepHours > mostSteps) {
      throw refused(`the stretch has more than ${mostSteps} steps; give a greater step_ms`)
    }
    const dimension = query.groupBy ?? ''
    const rows = await this.#database.rows(sql<StepRow>`
      SELECT metric, value, step, string_agg(bucket || ':' || count || ':' || sum, ',') AS buckets, sum(sum) AS sum
      FROM (
        SELECT metric, value, (hour - ${fromHour}::bigint) / ${stepHours}::bigint AS step, bucket,
          sum(count) AS count, sum(sum) AS sum
        FROM dashboard_figures
        WHERE experiment_id = ${isExperimentId(query.experimentId) ? query.experimentId : '-1'}::bigint
          AND metric = ANY(${query.metrics}) AND dimension = ${dimension}
          AND hour >= ${fromHour}::bigint AND hour < ${toHour}::bigint AND count > 0
        GROUP BY metric, value, step, bucket) AS merged
      GROUP BY metric, value, step ORDER BY step`)
    const timeOf = (step: number) => (fromHour + step * stepHours) * hourMs
    return {
      fromMs: fromHour * hourMs,
      toMs: toHour * hourMs,
      stepMs: stepHours * hourMs,
      series: query.metrics.flatMap((metric) => {
        const ofMetric = rows.filter((row) => row.metric === metric)
        if (query.groupBy === undefined) return [seriesOf(metric, null, ofMetric, timeOf)]
        return [...Map.groupBy(ofMetric, (row) => row.value)]
          .map(([value, steps]) => seriesOf(metric, value, steps, timeOf))
          .sort((a, b) => b.total.count - a.total.count)
          .slice(0, mostGroups)
      }),
    }
  }
}

function seriesOf(
  metric: DashboardMetric,
  group: string | null,
  rows: StepRow[],
  timeOf: (step: number) => number,
): DashboardSeries {
  const isCount = countedOnly.has(metric)
  const all: Buckets = new Map()
  let sum = 0
  const points = rows.map((row) => {
    const buckets = bucketsOf(row.buckets)
    addBuckets(all, buckets)
    sum += row.sum
    return { startMs: timeOf(row.step), ...figuresOf(buckets, row.sum, isCount) }
  })
  return {
    metric,
    group,
    total: figuresOf(all, sum, isCount),
    points,
    histogram: isCount ? [] : histogramOf(all),
  }
}

function bucketsOf(text: string): Buckets {
  const buckets: Buckets = new Map()
  for (const pair of text.split(',')) {
    const [bucket, count, sum] = pair.split(':')
    buckets.set(Number(bucket), { count: Number(count), sum: Number(sum) })
  }
  return buckets
}

function refused(reason: string): VoxtraceError {
  return new VoxtraceError('INVALID_PARAMETER_VALUE', `The dashboard cannot be shown: ${reason}.`)
}
