import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { listTraces } from '../../api/traces.ts'
import { EmptyPanel, FailurePanel, LoadingRows } from '../../components/panel-states.tsx'
import { traceRowOf } from '../../facade/trace-row.ts'
import type { TraceView } from '../../facade/trace-view.ts'
import { counted, formatDateTime, formatMs } from '../../format/time.ts'

const shownCount = 50

/** Which conversation of the same experiment stands beside this one. */
export function ConversationPicker({ left }: { left: TraceView }) {
  const { experimentId, traceId } = left.info
  const { data, error, refetch } = useQuery({
    queryKey: ['to-compare', experimentId],
    queryFn: ({ signal }) => listTraces({ experimentId, filter: '', maxResults: shownCount }, signal),
  })
  if (error) return <FailurePanel error={error} onRetry={() => void refetch()} />
  if (!data) return <LoadingRows />
  const rows = data.traces.map(traceRowOf).filter((row) => row.isConversation && row.traceId !== traceId)
  if (rows.length === 0) {
    return (
      <EmptyPanel title="No other conversation">The experiment holds no second conversation yet.</EmptyPanel>
    )
  }
  return (
    <div className="compare-scroll">
      <h2 className="compare-choose">Which conversation stands beside it?</h2>
      <ul className="compare-choices">
        {rows.map((row) => (
          <li key={row.traceId}>
            <Link to="/compare" search={{ left: traceId, right: row.traceId }} replace>
              <span className="faint">{formatDateTime(row.startMs)}</span>
              <span className="title">{row.title}</span>
              <span className="num">{counted(row.turnCount, 'turn')}</span>
              <span className="num">{row.gap ? `${formatMs(row.gap.totalMs)} ms` : ''}</span>
            </Link>
          </li>
        ))}
      </ul>
    </div>
  )
}
