import type { ReactNode } from 'react'
import type { Session } from '../../api/sessions.ts'
import { InterruptedMark } from '../../components/icon.tsx'
import type { ListColumn } from '../../components/list/columns.ts'
import { greatestFirst, leastFirst } from '../../components/list/list-order.ts'
import { conversationJudges, formatScore, isLowScore } from '../../facade/judges.ts'
import { slowFromMs } from '../../facade/latency.ts'
import { counted, formatCount, formatDollars, formatMoment, formatMs } from '../../format/time.ts'

const none = <span className="faint">–</span>

/** Every column of the list of sessions. */
export const sessionColumns: readonly ListColumn<Session>[] = [
  {
    id: 'session',
    label: 'Session',
    width: 'minmax(120px, 0.7fr)',
    className: 'mono ellipsis',
    fromWidth: 0,
    card: 'title',
    cell: ({ sessionId }) => sessionId,
  },
  {
    id: 'question',
    label: 'First question',
    width: 'minmax(140px, 1.6fr)',
    className: 'dim ellipsis',
    fromWidth: 0,
    card: 'left',
    cell: ({ firstUserText, userId }) => firstUserText ?? userId ?? '',
  },
  {
    id: 'user',
    label: 'User',
    width: '100px',
    className: 'ellipsis',
    fromWidth: null,
    cell: ({ userId }) => userId ?? none,
  },
  number('traces', 'Traces', '64px', ({ traceCount }) => formatCount(traceCount)),
  {
    id: 'turns',
    label: 'Turns',
    width: '64px',
    className: 'num count-marked',
    fromWidth: 0,
    card: 'right',
    cell: ({ turnCount, interruptedCount }) => (
      <>
        {interruptedCount > 0 && <InterruptedMark label={`${interruptedCount} interrupted`} />}
        {turnCount > 0 ? formatCount(turnCount) : none}
      </>
    ),
    cardCell: ({ turnCount, interruptedCount }) => (
      <>
        {interruptedCount > 0 && <InterruptedMark label={`${interruptedCount} interrupted`} />}
        {turnCount > 0 && counted(turnCount, 'turn')}
      </>
    ),
  },
  {
    ...number('slowest', 'Slowest, ms', '90px', ({ slowestMs }) =>
      slowestMs === null ? none : marked(slowestMs >= slowFromMs, formatMs(slowestMs)),
    ),
    sortBy: greatestFirst('slowest', 'fastest'),
  },
  {
    ...number('tokens', 'Tokens', '80px', ({ totalTokens }) =>
      totalTokens === null ? none : formatCount(totalTokens),
    ),
    sortBy: greatestFirst('most_tokens', 'fewest_tokens'),
  },
  {
    ...number('cost', 'Cost', '76px', ({ totalCost }) =>
      totalCost === null ? none : formatDollars(totalCost),
    ),
    fromWidth: null,
    sortBy: greatestFirst('most_costly', 'least_costly'),
  },
  {
    ...number('failed', 'Failed', '64px', ({ failedCount }) =>
      failedCount === 0 ? none : formatCount(failedCount),
    ),
    fromWidth: null,
    sortBy: greatestFirst('most_errors', 'fewest_errors'),
  },
  {
    ...number('score', 'Lowest score', '96px', ({ lowestScore }) =>
      lowestScore === null ? none : marked(isLowScore(lowestScore), formatScore(lowestScore)),
    ),
    sortBy: leastFirst('lowest_score', 'highest_score'),
  },
  ...conversationJudges.map(({ name, label }) => ({
    ...number(name, label, '96px', ({ wholeScores: { [name]: score } }) =>
      score === undefined ? none : marked(isLowScore(score), formatScore(score)),
    ),
    fromWidth: null,
  })),
  {
    id: 'first',
    label: 'First',
    width: '110px',
    className: 'num dim',
    fromWidth: null,
    cell: ({ firstMs }) => formatMoment(firstMs, Date.now()),
  },
  {
    id: 'last',
    label: 'Last',
    width: '110px',
    className: 'num dim',
    fromWidth: 0,
    card: 'when',
    sortBy: { orders: { DESC: 'newest', ASC: 'oldest' }, first: 'DESC' },
    cell: ({ lastMs }) => formatMoment(lastMs, Date.now()),
  },
]

function number(
  id: string,
  label: string,
  width: string,
  cell: (session: Session) => ReactNode,
): ListColumn<Session> {
  return { id, label, width, className: 'num', fromWidth: 1101, cell }
}

function marked(isBad: boolean, text: string): ReactNode {
  return isBad ? <span className="slow">{text}</span> : text
}
