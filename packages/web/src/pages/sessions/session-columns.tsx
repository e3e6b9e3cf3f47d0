import type { ReactNode } from 'react'
import type { Session } from '../../api/sessions.ts'
import { InterruptedMark } from '../../components/icon.tsx'
import { conversationJudges, formatScore, isLowScore } from '../../facade/judges.ts'
import { slowFromMs } from '../../facade/latency.ts'
import { formatCount, formatDollars, formatMoment, formatMs } from '../../format/time.ts'

export interface SessionColumn {
  id: string
  label: string
  /** Of a CSS grid. */
  width: string
  className: string
  /** Shown unless the reader chooses otherwise. */
  isUsual: boolean
  /** Of the usual ones, whether small screens leave it out. */
  isMinor: boolean
  cell(session: Session): ReactNode
}

const none = <span className="faint">–</span>

/** Every column of the list of sessions. */
export const sessionColumns: readonly SessionColumn[] = [
  {
    id: 'session',
    label: 'Session',
    width: 'minmax(120px, 0.7fr)',
    className: 'mono ellipsis id',
    isUsual: true,
    isMinor: false,
    cell: ({ sessionId }) => sessionId,
  },
  {
    id: 'question',
    label: 'First question',
    width: 'minmax(140px, 1.6fr)',
    className: 'dim ellipsis question',
    isUsual: true,
    isMinor: false,
    cell: ({ firstUserText, userId }) => firstUserText ?? userId ?? '',
  },
  {
    id: 'user',
    label: 'User',
    width: '100px',
    className: 'ellipsis',
    isUsual: false,
    isMinor: false,
    cell: ({ userId }) => userId ?? none,
  },
  number('traces', 'Traces', '64px', ({ traceCount }) => formatCount(traceCount)),
  {
    id: 'turns',
    label: 'Turns',
    width: '64px',
    className: 'num turns',
    isUsual: true,
    isMinor: false,
    cell: ({ turnCount, interruptedCount }) => (
      <>
        {interruptedCount > 0 && <InterruptedMark label={`${interruptedCount} interrupted`} />}
        {turnCount > 0 ? formatCount(turnCount) : none}
        {turnCount > 0 && <span className="faint narrow-only">{turnCount === 1 ? 'turn' : 'turns'}</span>}
      </>
    ),
  },
  number('slowest', 'Slowest, ms', '90px', ({ slowestMs }) =>
    slowestMs === null ? none : marked(slowestMs >= slowFromMs, formatMs(slowestMs)),
  ),
  number('tokens', 'Tokens', '80px', ({ totalTokens }) =>
    totalTokens === null ? none : formatCount(totalTokens),
  ),
  {
    ...number('cost', 'Cost', '76px', ({ totalCost }) =>
      totalCost === null ? none : formatDollars(totalCost),
    ),
    isUsual: false,
  },
  {
    ...number('failed', 'Failed', '64px', ({ failedCount }) =>
      failedCount === 0 ? none : formatCount(failedCount),
    ),
    isUsual: false,
  },
  number('score', 'Lowest score', '96px', ({ lowestScore }) =>
    lowestScore === null ? none : marked(isLowScore(lowestScore), formatScore(lowestScore)),
  ),
  ...conversationJudges.map(({ name, label }) => ({
    ...number(name, label, '96px', ({ wholeScores: { [name]: score } }) =>
      score === undefined ? none : marked(isLowScore(score), formatScore(score)),
    ),
    isUsual: false,
  })),
  {
    id: 'first',
    label: 'First',
    width: '110px',
    className: 'num dim',
    isUsual: false,
    isMinor: false,
    cell: ({ firstMs }) => formatMoment(firstMs, Date.now()),
  },
  {
    id: 'last',
    label: 'Last',
    width: '110px',
    className: 'num dim when',
    isUsual: true,
    isMinor: false,
    cell: ({ lastMs }) => formatMoment(lastMs, Date.now()),
  },
]

function number(
  id: string,
  label: string,
  width: string,
  cell: (session: Session) => ReactNode,
): SessionColumn {
  return { id, label, width, className: 'num', isUsual: true, isMinor: true, cell }
}

function marked(isBad: boolean, text: string): ReactNode {
  return isBad ? <span className="slow">{text}</span> : text
}
