import type { Run } from '@voxtrace/model'
import type { ReactNode } from 'react'
import type { ListColumn } from '../../components/list/columns.ts'
import { JudgeHeads } from '../../components/list/judge-heads.tsx'
import type { SortField } from '../../components/list/list-order.ts'
import { ScoreStrip } from '../../components/score-strip.tsx'
import { quotedKey } from '../../facade/filter-text.ts'
import { judges } from '../../facade/judges.ts'
import { type RunColumn, runColumnsOf } from '../../facade/run-columns.ts'
import { formatMetric, metricOf } from '../../facade/run-view.ts'
import { formatDuration, formatMoment, formatMs } from '../../format/time.ts'

const none = <span className="faint">–</span>

const widths: Record<RunColumn['content'], string> = {
  duration: '96px',
  metric: 'minmax(84px, 120px)',
  param: 'minmax(84px, 140px)',
  scores: '132px',
}

/** The columns of the list of runs: the name and the start that every run has, and those that these have something for. */
export function runColumns(runs: readonly Run[]): ListColumn<Run>[] {
  const columns = runColumnsOf(runs)
  const first = columns.find(({ content, isUsual }) => content === 'metric' && isUsual)
  return [
    {
      id: 'name',
      label: 'Run',
      width: 'minmax(140px, 1fr)',
      className: 'ellipsis',
      fromWidth: 0,
      card: 'title',
      sortBy: bothWays('run_name', 'ASC'),
      cell: ({ info }) => info.runName,
    },
    {
      id: 'started',
      label: 'Started',
      width: '110px',
      className: 'dim ellipsis',
      fromWidth: 0,
      card: 'when',
      sortBy: bothWays('start_time', 'DESC'),
      cell: ({ info }) => formatMoment(info.startTimeMs, Date.now()),
    },
    ...columns.map((column) => listColumnOf(column, column === first)),
  ]
}

function listColumnOf(column: RunColumn, isFirst: boolean): ListColumn<Run> {
  const { id, label, content, key, isUsual } = column
  const common = { id, label, width: widths[content] }
  if (content === 'scores') {
    return {
      ...common,
      head: <JudgeHeads of="turns" />,
      fromWidth: isUsual ? 0 : null,
      ...(isUsual && { card: 'right' }),
      cell: (run) => <ScoreStrip scores={scoresOf(run)} />,
    }
  }
  const cell = (run: Run) => cellOf(run, column)
  return {
    ...common,
    ...(content === 'metric' && { sortBy: bothWays(`metrics.${quotedKey(key)}`, 'DESC') }),
    ...(content === 'param' && { sortBy: bothWays(`params.${quotedKey(key)}`, 'ASC') }),
    className: content === 'param' ? 'ellipsis' : 'num ellipsis',
    fromWidth: !isUsual ? null : isFirst ? 0 : 1101,
    ...(isFirst && {
      card: 'left',
      cardCell: (run: Run) =>
        metricOf(run, key) !== null && (
          <>
            {cell(run)} <span className="faint">{label}</span>
          </>
        ),
    }),
    cell,
  }
}

/** A field of the server's language, by which runs can be ordered either way. */
function bothWays(name: string, first: SortField['first']): SortField {
  return { orders: { ASC: `${name} ASC`, DESC: `${name} DESC` }, first }
}

/** What a run has of a duration, metric or parameter. */
function cellOf(run: Run, { content, key }: RunColumn): ReactNode {
  if (content === 'duration') {
    const { startTimeMs, endTimeMs } = run.info
    return endTimeMs === null ? '' : formatDuration(endTimeMs - startTimeMs)
  }
  if (content === 'param') return run.params[key] ?? none
  const value = metricOf(run, key)
  if (value === null) return none
  return key.endsWith('_ms') ? formatMs(value) : formatMetric(key, value)
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
