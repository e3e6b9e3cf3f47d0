import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { traceOrders } from '@voxtrace/model'
import { useMemo } from 'react'
import { allTraceIds } from '../../api/all-ids.ts'
import { listTraces } from '../../api/traces.ts'
import { ErrorMark, Icon } from '../../components/icon.tsx'
import type { ListRows } from '../../components/list/data-row.tsx'
import { KeptLists, useKeptList } from '../../components/list/kept-list.ts'
import { useListAddress } from '../../components/list/list-address.ts'
import type { ListFeed } from '../../components/list/list-feed.ts'
import { ListPage } from '../../components/list/list-page.tsx'
import { traceActions } from '../../components/list/trace-actions.ts'
import { NothingYet } from '../../components/nothing-yet.tsx'
import { useShortcuts } from '../../components/shortcuts.ts'
import { traceFilter } from '../../facade/filter-language.ts'
import { byTraces, orderOf, rankedBy } from '../../facade/list-orders.ts'
import { seenIn } from '../../facade/seen-values.ts'
import { type TraceRow, traceRowOf } from '../../facade/trace-row.ts'
import { counted, formatMoment } from '../../format/time.ts'
import { useStore } from '../../store/observable.ts'
import { fullWaitMs, traceColumns } from './trace-columns.tsx'

const route = getRouteApi('/experiments/$experimentId')
const lists = new KeptLists<TraceRow>()

const rows: ListRows<TraceRow> = {
  keyOf: ({ traceId }) => traceId,
  linkOf: ({ traceId }) => ({ to: '/traces/$traceId', params: { traceId } }),
  nameOf: ({ startMs }) => `the trace of ${formatMoment(startMs, Date.now())}`,
  isOpen: ({ isOpen }) => isOpen,
  markerOf: ({ isOpen, isError, errorCount }) =>
    isOpen ? (
      <span className="dot live" />
    ) : isError || errorCount > 0 ? (
      <ErrorMark label={counted(errorCount, 'error')} />
    ) : null,
}

/** The traces of one experiment, newest first or worst first, as they come. What is chosen stands in the address. */
export function TracesPage() {
  const { experimentId } = route.useParams()
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const address = useListAddress(search, (next) => void navigate({ search: { ...next } }), byTraces)
  const { asked, wanted } = address
  const order = orderOf(traceOrders, search.order)
  const list = useKeptList(lists, [experimentId, ...asked], {
    experimentId,
    keyOf: rows.keyOf,
    changedBy: ['trace', 'assessment', ...rankedBy(order)],
    goneBy: (event) => (event.type === 'trace' && event.change === 'deleted' ? event.traceId : null),
    read: async (maxResults, pageToken, signal) => {
      const page = await listTraces({ experimentId, filter: wanted, order, maxResults, pageToken }, signal)
      return { rows: page.traces.map(traceRowOf), nextPageToken: page.nextPageToken }
    },
  })
  const { feed } = list
  const { rows: items } = useStore(feed.list)
  const marked = useStore(list.selection)
  const [onlyId] = marked.size === 1 ? marked : []
  const pair =
    marked.size === 2
      ? items.filter(({ traceId, isConversation }) => isConversation && marked.has(traceId))
      : []
  const seen = useMemo(() => seenIn(items), [items])
  const fullMs = fullWaitMs(items)
  const columns = useMemo(() => traceColumns(seen.tagKeys, fullMs), [seen, fullMs])
  const actions = useMemo(
    () =>
      traceActions({
        experimentId,
        noun: 'trace',
        together: 500,
        traceIdsOf: async (ids) => ids,
        onDeleted: (ids) => feed.list.remove(ids),
      }),
    [experimentId, feed],
  )
  return (
    <ListPage
      experimentId={experimentId}
      noun="trace"
      label="Traces"
      list={list}
      rows={rows}
      columns={columns}
      address={address}
      language={traceFilter}
      seen={seen.values}
      hasWaits
      actions={actions}
      findAll={(progress) => allTraceIds(experimentId, wanted, progress)}
      empty={<NothingYet what="traces">They appear here the moment their first span starts.</NothingYet>}
      header={
        <>
          <span className="spacer" />
          <LiveTag feed={feed} openCount={items.filter(({ isOpen }) => isOpen).length} />
          <Link to="/talk" className="button primary wide-only">
            <Icon name="mic" />
            Talk to the bot
          </Link>
        </>
      }
      onward={
        onlyId !== undefined ? (
          <Link to="/traces/$traceId" params={{ traceId: onlyId }} className="button">
            Open
          </Link>
        ) : (
          pair.length === 2 && <CompareLink pair={pair} />
        )
      }
    />
  )
}

/** The earlier conversation stands on the left. */
function CompareLink({ pair }: { pair: readonly TraceRow[] }) {
  const [left, right] = pair.toSorted((a, b) => a.startMs - b.startMs).map(({ traceId }) => traceId)
  const navigate = useNavigate()
  const to = { to: '/compare', search: { ...(left && { left }), ...(right && { right }) } } as const
  useShortcuts({ c: () => void navigate(to) })
  return (
    <Link {...to} className="button primary">
      Compare
    </Link>
  )
}

function LiveTag({ feed, openCount }: { feed: ListFeed<TraceRow>; openCount: number }) {
  const { live } = useStore(feed)
  if (live === 'lost') return <span className="tag">Reconnecting</span>
  return (
    <span className="tag live" style={{ visibility: live === 'open' ? 'visible' : 'hidden' }}>
      <span className="dot" />
      Live{openCount > 0 ? `, ${openCount} open` : ''}
    </span>
  )
}
