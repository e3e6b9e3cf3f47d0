import type { FigureColumn, MetricFigures } from '../../facade/metric-figures.ts'
import { formatMetric } from '../../facade/run-view.ts'

const labels: Record<FigureColumn, string> = {
  value: 'Value',
  mean: 'Mean',
  p50: 'Median',
  p95: 'p95',
  max: 'Greatest',
}

/** Metrics that a run logged once. */
export function FigureTable({ title, figures }: { title: string; figures: MetricFigures }) {
  if (figures.rows.length === 0) return null
  return (
    <div className="figure-table">
      <table aria-label={`${title}, logged once`}>
        <thead>
          <tr>
            <th scope="col">Metric</th>
            {figures.columns.map((column) => (
              <th key={column} scope="col">
                {labels[column]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {figures.rows.map(({ name, values }) => (
            <tr key={name}>
              <th scope="row" className="mono">
                {name}
              </th>
              {values.map((value, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a value stands in the column of its place
                <td key={index}>{value === null ? '' : formatMetric(name, value)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
