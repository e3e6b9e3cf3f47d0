import type { ReactNode } from 'react'
import { GapBar } from '../../components/gap-bar.tsx'
import { InterruptedMark } from '../../components/icon.tsx'
import { ScoreStrip } from '../../components/score-strip.tsx'
import { conversationJudges, judges } from '../../facade/judges.ts'
import { type TraceRow, traceStateWord } from '../../facade/trace-row.ts'
import {
  formatClock,
  formatCount,
  formatDollars,
  formatDuration,
  formatMoment,
  formatMs,
} from '../../format/time.ts'

/** What cells need beside their row. */
export interface CellContext {
  nowMs: number
  /** The time that a full gap bar stands for, in milliseconds. */
  fullMs: number
}

export interface TraceColumn {
  id: string
  /** What the menu of columns calls it. */
  label: string
  head: ReactNode
  /** Of a CSS grid. */
  width: string
  className: string
  /** Shown by default on screens at least so wide, in pixels; null when only by choice. */
  fromWidth: number | null
  cell(row: TraceRow, context: CellContext): ReactNode
}

const none = <span className="faint">–</span>

const fixedColumns: TraceColumn[] = [
  {
    id: 'time',
    label: 'Time',
    head: 'Time ↓',
    width: '100px',
    className: 'time',
    fromWidth: 0,
    cell: (row, { nowMs }) => <span className="dim ellipsis">{formatMoment(row.startMs, nowMs)}</span>,
  },
  {
    id: 'session',
    label: 'Session',
    head: 'Session',
    width: '110px',
    className: 'session',
    fromWidth: null,
    cell: (row) => <span className="mono ellipsis">{row.sessionId ?? none}</span>,
  },
  {
    id: 'name',
    label: 'Name',
    head: 'Name',
    width: 'minmax(90px, 0.5fr)',
    className: 'name',
    fromWidth: null,
    cell: (row) => <span className="dim ellipsis">{row.name ?? none}</span>,
  },
  {
    id: 'question',
    label: 'First question',
    head: 'First question',
    width: 'minmax(120px, 1fr)',
    className: 'title',
    fromWidth: 0,
    cell: (row) => (
      <span className="ellipsis" title={row.title}>
        {row.title}
      </span>
    ),
  },
  {
    id: 'wait',
    label: 'Slowest voice to voice',
    head: 'Slowest voice to voice, ms',
    width: '196px',
    className: 'wait',
    fromWidth: 0,
    cell: (row, { fullMs }) =>
      row.gap && (
        <span
          className={row.gap.slow ? 'gap slow' : 'gap'}
          title={row.slowestTurn === null ? undefined : `Turn ${row.slowestTurn}`}
        >
          <span className="num">{formatMs(row.gap.totalMs)}</span>
          <GapBar gap={row.gap} fullMs={fullMs} />
        </span>
      ),
  },
  {
    id: 'turns',
    label: 'Turns',
    head: 'Turns',
    width: '66px',
    className: 'num turns',
    fromWidth: 861,
    cell: (row) => (
      <>
        {row.interruptedCount > 0 && <InterruptedMark label={`${row.interruptedCount} interrupted`} />}
        {row.isConversation ? row.turnCount : none}
      </>
    ),
  },
  {
    id: 'duration',
    label: 'Duration',
    head: 'Duration',
    width: '70px',
    className: 'num duration',
    fromWidth: 1101,
    cell: (row) => (row.durationMs === null ? '' : formatDuration(row.durationMs)),
  },
  {
    id: 'spans',
    label: 'Spans',
    head: 'Spans',
    width: '64px',
    className: 'num',
    fromWidth: null,
    cell: (row) => formatCount(row.spanCount),
  },
  {
    id: 'errors',
    label: 'Errors',
    head: 'Errors',
    width: '56px',
    className: 'num',
    fromWidth: null,
    cell: (row) => (row.errorCount > 0 ? formatCount(row.errorCount) : none),
  },
  {
    id: 'tokens',
    label: 'Tokens',
    head: 'Tokens',
    width: '66px',
    className: 'num tokens',
    fromWidth: 861,
    cell: (row) => (row.tokens === null ? none : formatCount(row.tokens)),
  },
  {
    id: 'cost',
    label: 'Cost',
    head: 'Cost',
    width: '66px',
    className: 'num',
    fromWidth: null,
    cell: (row) => (row.cost === null ? none : formatDollars(row.cost)),
  },
  {
    id: 'user',
    label: 'User',
    head: 'User',
    width: '100px',
    className: 'user',
    fromWidth: null,
    cell: (row) => <span className="ellipsis">{row.userId ?? none}</span>,
  },
  {
    id: 'scores',
    label: 'Scores',
    head: (
      <span className="judges">
        {judges.map(({ name, short, label }) => (
          <span key={name} title={`${label}, lowest of the turns`}>
            {short}
          </span>
        ))}
      </span>
    ),
    width: '132px',
    className: 'scores',
    fromWidth: 0,
    cell: (row) => <ScoreStrip scores={row.scores} />,
  },
  {
    id: 'whole',
    label: 'Scores of the whole',
    head: (
      <span className="judges">
        {conversationJudges.map(({ name, short, label }) => (
          <span key={name} title={`${label}, of the whole conversation`}>
            {short}
          </span>
        ))}
      </span>
    ),
    width: '156px',
    className: 'scores',
    fromWidth: null,
    cell: (row) => (row.wholeScores ? <ScoreStrip scores={row.wholeScores} /> : none),
  },
  {
    id: 'state',
    label: 'State',
    head: 'State',
    width: '104px',
    className: 'state',
    fromWidth: 861,
    cell: (row, { nowMs }) => (
      <>
        <span className={row.isOpen ? 'live' : row.isError ? 'failed' : undefined}>
          {traceStateWord(row)}
        </span>
        {row.isOpen && formatClock(Math.max(0, nowMs - row.startMs))}
      </>
    ),
  },
]

/** Every column there is: the fixed ones, and one for each tag that was seen. */
export function allColumns(tagKeys: readonly string[]): TraceColumn[] {
  return [
    ...fixedColumns.slice(0, -3),
    ...tagKeys.map(
      (key): TraceColumn => ({
        id: `tag:${key}`,
        label: key,
        head: key,
        width: '100px',
        className: 'tag-value',
        fromWidth: null,
        cell: (row) => <span className="ellipsis">{row.tags[key] ?? none}</span>,
      }),
    ),
    ...fixedColumns.slice(-3),
  ]
}

/** The columns that the reader chose, or those that fit the screen. Phones keep theirs. */
export function shownColumns(
  columns: readonly TraceColumn[],
  chosen: readonly string[] | null,
  screenWidth: number,
): TraceColumn[] {
  if (chosen && screenWidth > 640) return columns.filter(({ id }) => chosen.includes(id))
  return columns.filter(({ fromWidth }) => fromWidth !== null && screenWidth >= fromWidth)
}
