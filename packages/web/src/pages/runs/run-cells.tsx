import type { Run } from '@voxtrace/model'
import { ScoreStrip } from '../../components/score-strip.tsx'
import { judges } from '../../facade/judges.ts'
import type { RunColumn } from '../../facade/run-columns.ts'
import { formatMetric, metricOf } from '../../facade/run-view.ts'
import { formatDuration, formatMs } from '../../format/time.ts'

const widths: Record<RunColumn['content'], string> = {
  duration: '96px',
  metric: 'minmax(84px, 120px)',
  param: 'minmax(84px, 140px)',
  scores: '132px',
}

/** The grid of the list, on screens that are wide enough for it. */
export function runColumnWidths(columns: readonly RunColumn[]): string {
  return ['18px minmax(140px, 1fr) 110px', ...columns.map(({ content }) => widths[content])].join(' ')
}

/** Small screens keep the first metric and the scores. */
export function runCellClass(column: RunColumn, columns: readonly RunColumn[]): string {
  if (column.content === 'scores') return 'scores'
  if (column.content === 'param') return 'ellipsis minor'
  return column === columns.find(({ content }) => content === 'metric') ? 'num first' : 'num minor'
}

export function RunHead({ column, columns }: { column: RunColumn; columns: readonly RunColumn[] }) {
  if (column.content === 'scores') {
    return (
      <span className="judges">
        {judges.map(({ name, short, label }) => (
          <span key={name} title={label}>
            {short}
          </span>
        ))}
      </span>
    )
  }
  return (
    <span className={`ellipsis ${runCellClass(column, columns)}`} title={column.label}>
      {column.label}
    </span>
  )
}

/** What a run has in a column. */
export function RunCell({ run, column, isFirst }: { run: Run; column: RunColumn; isFirst: boolean }) {
  const { content, key, label } = column
  if (content === 'scores') return <ScoreStrip scores={scoresOf(run)} />
  if (content === 'duration') {
    const { startTimeMs, endTimeMs } = run.info
    return endTimeMs === null ? '' : formatDuration(endTimeMs - startTimeMs)
  }
  if (content === 'param') return run.params[key] ?? <span className="faint">–</span>
  const value = metricOf(run, key)
  return (
    <>
      <span className="visually-hidden">{label} </span>
      {value === null ? (
        <span className="faint">–</span>
      ) : key.endsWith('_ms') ? (
        formatMs(value)
      ) : (
        formatMetric(key, value)
      )}
      {isFirst && value !== null && <span className="faint narrow-only"> {label}</span>}
    </>
  )
}

function scoresOf(run: Run) {
  return judges.map((judge) => {
    const score = metricOf(run, judge.name)
    return {
      ...judge,
      state: score === null ? ('pending' as const) : ('scored' as const),
      mean: score,
      lowest: score,
    }
  })
}
