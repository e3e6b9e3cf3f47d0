import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useMemo } from 'react'
import { allPages, type BatchesProgress } from '../../api/in-batches.ts'
import { listSessions, type Session } from '../../api/sessions.ts'
import { useExperimentName } from '../../components/experiment-name.tsx'
import { ErrorMark } from '../../components/icon.tsx'
import { BulkBar } from '../../components/list/bulk-bar.tsx'
import { ColumnMenu } from '../../components/list/column-menu.tsx'
import { DataList, SelectableRow } from '../../components/list/data-list.tsx'
import { isRefusal, ListToolbar, withoutEmpty } from '../../components/list/list-toolbar.tsx'
import { NothingMatches } from '../../components/list/nothing-matches.tsx'
import { OlderRows } from '../../components/list/older-rows.tsx'
import { allTraceIds, traceActions } from '../../components/list/trace-actions.ts'
import { useLivePages } from '../../components/list/use-live-pages.ts'
import { WaitHistogram } from '../../components/list/wait-histogram.tsx'
import { narrowScreen, useMediaQuery } from '../../components/media-query.ts'
import { NothingYet } from '../../components/nothing-yet.tsx'
import { ExperimentHeading, Page } from '../../components/page.tsx'
import { FailurePanel, LoadingRows } from '../../components/panel-states.tsx'
import { sessionFilter } from '../../facade/filter-language.ts'
import { bothFilters, quotedText } from '../../facade/filter-text.ts'
import { timeFilter } from '../../facade/time-range.ts'
import { SelectionStore } from '../../store/selection.ts'
import { type SessionColumn, sessionColumns } from './session-columns.tsx'
import './sessions.css'

const route = getRouteApi('/experiments/$experimentId/sessions')

/** The sessions of one experiment: traces that belong together, such as the calls of one caller. */
export function SessionsPage() {
  const { experimentId } = route.useParams()
  const name = useExperimentName(experimentId)
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const { filter = '', last, from, to, columns: chosenText } = search
  const wanted = useMemo(
    () => bothFilters(filter, timeFilter({ last, from, to }, Date.now())),
    [filter, last, from, to],
  )
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useLivePages({
    list: 'sessions',
    experimentId,
    asked: [wanted],
    changedBy: ['trace', 'assessment'],
    read: (pageToken, signal) => listSessions(experimentId, wanted, pageToken, signal),
  })
  const sessions = data?.pages.flatMap((page) => page.sessions)
  const isPhone = useMediaQuery(narrowScreen)
  const chosen = isPhone ? null : (chosenText?.split(',') ?? null)
  const show = (change: Partial<typeof search>) =>
    void navigate({ search: withoutEmpty({ ...search, ...change }) })
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was selected of another list is not of this one
  const selection = useMemo(() => new SelectionStore(), [experimentId, wanted])
  const actions = useMemo(
    () =>
      traceActions({
        experimentId,
        one: 'session',
        many: 'sessions',
        together: 1,
        traceIdsOf: async ([sessionId = ''], signal) =>
          allTraceIds(experimentId, filterOf(sessionId), { signal, onDone: () => {} }),
        onDeleted: () => {},
      }),
    [experimentId],
  )
  return (
    <Page title={`${name}, sessions`} header={<ExperimentHeading experimentId={experimentId} name={name} />}>
      <ListToolbar language={sessionFilter} choice={search} failure={error} onChoose={show}>
        <span className="wide-only">
          <ColumnMenu
            columns={sessionColumns}
            chosen={chosen}
            onChoose={(ids) => show({ columns: ids?.join(',') })}
          />
        </span>
      </ListToolbar>
      <WaitHistogram
        experimentId={experimentId}
        range={{ last, from, to }}
        filter={filter}
        onFilter={(next) => show({ filter: next })}
      />
      {sessions ? (
        <>
          {sessions.length === 0 && wanted !== '' ? (
            <NothingMatches what="session" onClear={() => void navigate({ search: {} })} />
          ) : (
            <SessionList
              experimentId={experimentId}
              sessions={sessions}
              chosen={chosen}
              selection={selection}
            />
          )}
          {hasNextPage && (
            <OlderRows
              label="Older sessions"
              loading={isFetchingNextPage}
              onLoad={() => void fetchNextPage()}
            />
          )}
          <BulkBar
            key={wanted}
            selection={selection}
            one="session"
            many="sessions"
            actions={actions}
            findAll={hasNextPage ? (progress) => allSessionIds(experimentId, wanted, progress) : null}
          />
        </>
      ) : isRefusal(error) ? null : error ? (
        <FailurePanel error={error} onRetry={() => void refetch()} />
      ) : (
        <LoadingRows />
      )}
    </Page>
  )
}

function allSessionIds(experimentId: string, filter: string, progress: BatchesProgress): Promise<string[]> {
  return allPages(async (pageToken) => {
    const page = await listSessions(experimentId, filter, pageToken, progress.signal, 500)
    return { items: page.sessions.map(({ sessionId }) => sessionId), nextPageToken: page.nextPageToken }
  }, progress)
}

interface SessionListProps {
  experimentId: string
  sessions: Session[]
  /** Ids of the columns that the reader chose; null for the usual ones. */
  chosen: readonly string[] | null
  selection: SelectionStore
}

function SessionList({ experimentId, sessions, chosen, selection }: SessionListProps) {
  const navigate = useNavigate()
  const columns = sessionColumns.filter(({ id, isUsual }) => chosen?.includes(id) ?? isUsual)
  if (sessions.length === 0) {
    return (
      <NothingYet experimentId={experimentId} what="sessions">
        Traces that carry the same session, such as the calls of one caller, are shown here together. Set
        session.id on a span, or mlflow.trace.session on a trace.
      </NothingYet>
    )
  }
  const classOf = ({ className, isMinor }: SessionColumn) =>
    isMinor && chosen === null ? `${className} minor` : className
  return (
    <DataList
      className={chosen === null ? 'session-list' : 'session-list chosen'}
      columns={`18px ${columns.map(({ width }) => width).join(' ')}`}
      label="Sessions"
      items={sessions}
      keyOf={({ sessionId }) => sessionId}
      head={columns.map((column) => (
        <span key={column.id} className={classOf(column)}>
          {column.label}
        </span>
      ))}
      onOpen={({ sessionId }) =>
        void navigate({
          to: '/experiments/$experimentId',
          params: { experimentId },
          search: { filter: filterOf(sessionId) },
        })
      }
      selection={selection}
      row={(session, isCurrent, isMarked) => (
        <SelectableRow
          name={`the session ${session.sessionId}`}
          isCurrent={isCurrent}
          isMarked={isMarked}
          onMark={() => selection.toggle(session.sessionId)}
          marker={
            session.openCount > 0 ? (
              <span className="dot live" />
            ) : session.failedCount > 0 ? (
              <ErrorMark label={`${session.failedCount} failed`} />
            ) : null
          }
        >
          <Link
            to="/experiments/$experimentId"
            params={{ experimentId }}
            search={{ filter: filterOf(session.sessionId) }}
          >
            {columns.map((column) => (
              <span key={column.id} className={classOf(column)}>
                {column.cell(session)}
              </span>
            ))}
          </Link>
        </SelectableRow>
      )}
    />
  )
}

function filterOf(sessionId: string): string {
  return `metadata.\`mlflow.trace.session\` = ${quotedText(sessionId)}`
}
