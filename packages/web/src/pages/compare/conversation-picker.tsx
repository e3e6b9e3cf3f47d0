import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { RequestFailure } from '../../api/request.ts'
import { listTraces } from '../../api/traces.ts'
import { FilterField } from '../../components/filter/filter-field.tsx'
import { NothingMatches } from '../../components/list/nothing-matches.tsx'
import { EmptyPanel, FailurePanel, LoadingRows } from '../../components/panel-states.tsx'
import { bothFilters } from '../../facade/filter-text.ts'
import { type TraceRow, traceRowOf } from '../../facade/trace-row.ts'
import type { TraceView } from '../../facade/trace-view.ts'
import { counted, formatDateTime, formatMs } from '../../format/time.ts'

const shownCount = 50
/** What makes a trace a conversation. */
const hasTurns = 'turn.number > 0'

interface ConversationPickerProps {
  left: TraceView
  filter: string
  onFilter(filter: string): void
}

/** Which conversation of the same experiment stands beside this one. */
export function ConversationPicker({ left, filter, onFilter }: ConversationPickerProps) {
  const { experimentId, traceId } = left.info
  const { data, error, refetch } = useQuery({
    queryKey: ['to-compare', experimentId, filter],
    queryFn: ({ signal }) =>
      listTraces({ experimentId, filter: bothFilters(hasTurns, filter), maxResults: shownCount + 1 }, signal),
    placeholderData: keepPreviousData,
  })
  const refusal = error instanceof RequestFailure && error.kind === 'refused' ? error.message : null
  const rows = data?.traces.map(traceRowOf).filter((row) => row.traceId !== traceId)
  return (
    <div className="compare-scroll">
      <h2 className="compare-choose">Which conversation stands beside it?</h2>
      <div className="compare-find">
        <FilterField filter={filter} refusal={refusal} onApply={onFilter} />
      </div>
      {error && refusal === null ? (
        <FailurePanel error={error} onRetry={() => void refetch()} />
      ) : !rows ? (
        <LoadingRows />
      ) : rows.length > 0 ? (
        <Choices left={traceId} rows={rows.slice(0, shownCount)} />
      ) : filter === '' ? (
        <EmptyPanel title="No other conversation">
          The experiment holds no second conversation yet.
        </EmptyPanel>
      ) : (
        <NothingMatches what="conversation" onClear={() => onFilter('')} />
      )}
      {rows && rows.length >= shownCount && (
        <p className="compare-more faint">The newest {shownCount}. Words or a filter find others.</p>
      )}
    </div>
  )
}

function Choices({ left, rows }: { left: string; rows: readonly TraceRow[] }) {
  return (
    <ul className="compare-choices">
      {rows.map((row) => (
        <li key={row.traceId}>
          <Link to="/compare" search={{ left, right: row.traceId }} replace>
            <span className="faint">{formatDateTime(row.startMs)}</span>
            <span className="title" dir="auto">
              {row.title}
            </span>
            <span className="num">{counted(row.turnCount, 'turn')}</span>
            <span className="num">{row.gap ? `${formatMs(row.gap.totalMs)} ms` : ''}</span>
          </Link>
        </li>
      ))}
    </ul>
  )
}
