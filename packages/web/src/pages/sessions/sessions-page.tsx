import { getRouteApi } from '@tanstack/react-router'
import { sessionOrders } from '@voxtrace/model'
import { useMemo } from 'react'
import { allSessionIds, allTraceIds } from '../../api/all-ids.ts'
import { listSessions, type Session } from '../../api/sessions.ts'
import { ErrorMark } from '../../components/icon.tsx'
import type { ListRows } from '../../components/list/data-row.tsx'
import { KeptLists, useKeptList } from '../../components/list/kept-list.ts'
import { useListAddress } from '../../components/list/list-address.ts'
import { ListPage } from '../../components/list/list-page.tsx'
import { traceActions } from '../../components/list/trace-actions.ts'
import { NothingYet } from '../../components/nothing-yet.tsx'
import { sessionFilter } from '../../facade/filter-language.ts'
import { quotedText } from '../../facade/filter-text.ts'
import { byTraces, orderOf, rankedBy } from '../../facade/list-orders.ts'
import { sessionColumns } from './session-columns.tsx'

const route = getRouteApi('/experiments/$experimentId/sessions')
const lists = new KeptLists<Session>()

/** The sessions of one experiment: traces that belong together, such as the calls of one caller. */
export function SessionsPage() {
  const { experimentId } = route.useParams()
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const address = useListAddress(search, (next) => void navigate({ search: { ...next } }), byTraces)
  const { asked, wanted } = address
  const order = orderOf(sessionOrders, search.order)
  const rows = useMemo(() => rowsOf(experimentId), [experimentId])
  const list = useKeptList(lists, [experimentId, ...asked], {
    experimentId,
    keyOf: rows.keyOf,
    changedBy: ['trace', 'assessment', ...rankedBy(order)],
    goneBy: () => null,
    read: async (maxResults, pageToken, signal) => {
      const page = await listSessions({ experimentId, filter: wanted, order, maxResults, pageToken }, signal)
      return { rows: page.sessions, nextPageToken: page.nextPageToken }
    },
  })
  const actions = useMemo(
    () =>
      traceActions({
        experimentId,
        noun: 'session',
        together: 1,
        traceIdsOf: async ([sessionId = ''], signal) =>
          allTraceIds(experimentId, filterOf(sessionId), { signal, onDone: () => {} }),
        onDeleted: (ids) => list.feed.list.remove(ids),
      }),
    [experimentId, list],
  )
  return (
    <ListPage
      experimentId={experimentId}
      noun="session"
      label="Sessions"
      list={list}
      rows={rows}
      columns={sessionColumns}
      address={address}
      language={sessionFilter}
      hasWaits
      actions={actions}
      findAll={(progress) => allSessionIds(experimentId, wanted, progress)}
      empty={
        <NothingYet what="sessions">
          Traces that carry the same session, such as the calls of one caller, are shown here together. Set
          session.id on a span, or mlflow.trace.session on a trace.
        </NothingYet>
      }
    />
  )
}

function rowsOf(experimentId: string): ListRows<Session> {
  return {
    keyOf: ({ sessionId }) => sessionId,
    linkOf: ({ sessionId }) => ({
      to: '/experiments/$experimentId',
      params: { experimentId },
      search: { filter: filterOf(sessionId) },
    }),
    nameOf: ({ sessionId }) => `the session ${sessionId}`,
    isOpen: ({ openCount }) => openCount > 0,
    markerOf: ({ openCount, failedCount }) =>
      openCount > 0 ? (
        <span className="dot live" />
      ) : failedCount > 0 ? (
        <ErrorMark label={`${failedCount} failed`} />
      ) : null,
  }
}

function filterOf(sessionId: string): string {
  return `metadata.\`mlflow.trace.session\` = ${quotedText(sessionId)}`
}
