import { useEffect, useState } from 'react'
import { GapBar } from '../../components/gap-bar.tsx'
import { InterruptedMark } from '../../components/icon.tsx'
import type { ListColumn } from '../../components/list/columns.ts'
import { JudgeHeads } from '../../components/list/judge-heads.tsx'
import { greatestFirst, leastFirst } from '../../components/list/list-order.ts'
import { ScoreStrip } from '../../components/score-strip.tsx'
import { formatScore, isLowScore } from '../../facade/judges.ts'
import { type TraceRow, traceStateWord } from '../../facade/trace-row.ts'
import {
  formatClock,
  formatCount,
  formatDollars,
  formatDuration,
  formatMoment,
  formatMs,
} from '../../format/time.ts'
import './trace-columns.css'

const none = <span className="faint">–</span>

/** What happened in it. */
function callColumns(fullMs: number): ListColumn<TraceRow>[] {
  return [
    {
      id: 'time',
      label: 'Time',
      width: '100px',
      className: 'dim ellipsis',
      fromWidth: 0,
      card: 'when',
      sortBy: { orders: { DESC: 'newest', ASC: 'oldest' }, first: 'DESC' },
      cell: (row) => formatMoment(row.startMs, Date.now()),
    },
    {
      id: 'session',
      label: 'Session',
      width: '110px',
      className: 'mono ellipsis',
      fromWidth: null,
      cell: (row) => row.sessionId ?? none,
    },
    {
      id: 'name',
      label: 'Name',
      width: 'minmax(90px, 0.5fr)',
      className: 'dim ellipsis',
      fromWidth: null,
      cell: (row) => row.name ?? none,
    },
    {
      id: 'question',
      label: 'First question',
      width: 'minmax(120px, 1fr)',
      className: 'ellipsis',
      fromWidth: 0,
      card: 'title',
      cell: (row) => (
        <span title={row.title} dir="auto">
          {row.title}
        </span>
      ),
    },
    {
      id: 'wait',
      label: 'Slowest voice to voice',
      head: 'Slowest voice to voice, ms',
      width: 'minmax(140px, 196px)',
      fromWidth: 0,
      card: 'left',
      sortBy: greatestFirst('slowest', 'fastest'),
      cell: (row) =>
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
      width: '66px',
      className: 'num count-marked',
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
      width: '70px',
      className: 'num',
      fromWidth: 1101,
      sortBy: greatestFirst('longest', 'shortest'),
      cell: (row) => (row.durationMs === null ? '' : formatDuration(row.durationMs)),
    },
    {
      id: 'spans',
      label: 'Spans',
      width: '64px',
      className: 'num',
      fromWidth: null,
      cell: (row) => formatCount(row.spanCount),
    },
    {
      id: 'errors',
      label: 'Errors',
      width: '56px',
      className: 'num',
      fromWidth: null,
      sortBy: greatestFirst('most_errors', 'fewest_errors'),
      cell: (row) => (row.errorCount > 0 ? formatCount(row.errorCount) : none),
    },
    {
      id: 'tokens',
      label: 'Tokens',
      width: '66px',
      className: 'num',
      fromWidth: 861,
      sortBy: greatestFirst('most_tokens', 'fewest_tokens'),
      cell: (row) => (row.tokens === null ? none : formatCount(row.tokens)),
    },
    {
      id: 'cost',
      label: 'Cost',
      width: '66px',
      className: 'num',
      fromWidth: null,
      sortBy: greatestFirst('most_costly', 'least_costly'),
      cell: (row) => (row.cost === null ? none : formatDollars(row.cost)),
    },
    {
      id: 'user',
      label: 'User',
      width: '100px',
      className: 'ellipsis',
      fromWidth: null,
      cell: (row) => row.userId ?? none,
    },
  ]
}

/** What was made of it, behind whatever else is shown. */
function endColumns(): ListColumn<TraceRow>[] {
  return [
    {
      id: 'lowest',
      label: 'Lowest score',
      width: '86px',
      className: 'num',
      fromWidth: null,
      sortBy: leastFirst('lowest_score', 'highest_score'),
      cell: ({ lowestScore }) =>
        lowestScore === null ? (
          none
        ) : (
          <span className={isLowScore(lowestScore) ? 'slow' : undefined}>{formatScore(lowestScore)}</span>
        ),
    },
    {
      id: 'scores',
      label: 'Scores',
      head: <JudgeHeads of="turns" />,
      width: '132px',
      fromWidth: 0,
      card: 'right',
      cell: (row) => <ScoreStrip scores={row.scores} />,
    },
    {
      id: 'whole',
      label: 'Scores of the whole',
      head: <JudgeHeads of="whole" />,
      width: '156px',
      fromWidth: null,
      cell: (row) => (row.wholeScores ? <ScoreStrip scores={row.wholeScores} /> : none),
    },
    {
      id: 'state',
      label: 'State',
      width: '104px',
      className: 'trace-state',
      fromWidth: 861,
      cell: (row) => (
        <>
          <span className={row.isOpen ? 'live' : row.isError ? 'failed' : undefined}>
            {traceStateWord(row)}
          </span>
          {row.isOpen && <Clock sinceMs={row.startMs} />}
        </>
      ),
    },
  ]
}

/** How long it has been, second by second. */
function Clock({ sinceMs }: { sinceMs: number }) {
  const [nowMs, setNowMs] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [])
  return formatClock(Math.max(0, nowMs - sinceMs))
}

/**
 * Every column there is, with one for each tag that was seen. A full bar of waits stands for `fullMs`
 * milliseconds.
 */
export function traceColumns(tagKeys: readonly string[], fullMs: number): ListColumn<TraceRow>[] {
  return [
    ...callColumns(fullMs),
    ...tagKeys.map(
      (key): ListColumn<TraceRow> => ({
        id: `tag:${key}`,
        label: key,
        width: '100px',
        className: 'ellipsis',
        fromWidth: null,
        cell: (row) => row.tags[key] ?? none,
      }),
    ),
    ...endColumns(),
  ]
}

/** What a full bar stands for, so that a few calls that waited very long do not make all others look short. */
export function fullWaitMs(rows: readonly TraceRow[]): number {
  const waits = rows.flatMap(({ gap }) => (gap ? [gap.totalMs] : [])).sort((a, b) => a - b)
  return Math.max(2500, waits[Math.floor(waits.length * 0.95)] ?? 0)
}
