import type { Metric } from '@voxtrace/model'

const summaryColumns = ['mean', 'p50', 'p95', 'max'] as const
const figureColumns = ['value', ...summaryColumns] as const
export type FigureColumn = (typeof figureColumns)[number]

/** Metrics that were logged once, as a table: `NAME.mean` and its like stand in one row with `NAME`. */
export interface MetricFigures {
  /** Those that a row has a value for. */
  columns: FigureColumn[]
  rows: { name: string; values: (number | null)[] }[]
}

/** Whether a metric, of which this is the value at its last step, was logged over steps and so has a course to draw. */
export function hasCourse(latest: Metric): boolean {
  return latest.step !== 0
}

/** The table of those metrics that have no course, in their order. */
export function figuresOf(metrics: readonly Metric[]): MetricFigures {
  const byName = new Map<string, Map<FigureColumn, number>>()
  for (const metric of metrics) {
    if (hasCourse(metric)) continue
    const summary = summaryColumns.find((each) => metric.key.endsWith(`.${each}`))
    const name = summary ? metric.key.slice(0, -summary.length - 1) : metric.key
    const row = byName.get(name) ?? new Map<FigureColumn, number>()
    byName.set(name, row.set(summary ?? 'value', metric.value))
  }
  const rows = [...byName]
  const columns = figureColumns.filter((column) => rows.some(([, row]) => row.has(column)))
  return {
    columns,
    rows: rows.map(([name, row]) => ({ name, values: columns.map((column) => row.get(column) ?? null) })),
  }
}
