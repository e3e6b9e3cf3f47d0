import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useMemo } from 'react'
import { listSessions, type Session } from '../../api/sessions.ts'
import { useExperimentName } from '../../components/experiment-name.tsx'
import { ErrorMark, InterruptedMark } from '../../components/icon.tsx'
import { DataList } from '../../components/list/data-list.tsx'
import { isRefusal, ListToolbar, withoutEmpty } from '../../components/list/list-toolbar.tsx'
import { NothingMatches } from '../../components/list/nothing-matches.tsx'
import { OlderRows } from '../../components/list/older-rows.tsx'
import { ExperimentHeading, Page } from '../../components/page.tsx'
import { EmptyPanel, FailurePanel, LoadingRows } from '../../components/panel-states.tsx'
import { sessionFilter } from '../../facade/filter-language.ts'
import { bothFilters, quotedText } from '../../facade/filter-text.ts'
import { formatScore, isLowScore } from '../../facade/judges.ts'
import { slowFromMs } from '../../facade/latency.ts'
import { timeFilter } from '../../facade/time-range.ts'
import { formatCount, formatMoment, formatMs } from '../../format/time.ts'
import './sessions.css'

const route = getRouteApi('/experiments/$experimentId/sessions')

/** The sessions of one experiment: traces that belong together, such as the calls of one caller. */
export function SessionsPage() {
  const { experimentId } = route.useParams()
  const name = useExperimentName(experimentId)
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const { filter = '', last, from, to } = search
  const wanted = useMemo(
    () => bothFilters(filter, timeFilter({ last, from, to }, Date.now())),
    [filter, last, from, to],
  )
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ['sessions', experimentId, wanted],
    queryFn: ({ pageParam, signal }) => listSessions(experimentId, wanted, pageParam, signal),
    placeholderData: (shown, query) => (query?.queryKey[1] === experimentId ? shown : undefined),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextPageToken,
    refetchInterval: 10_000,
  })
  const sessions = data?.pages.flatMap((page) => page.sessions)
  return (
    <Page title={`${name}, sessions`} header={<ExperimentHeading experimentId={experimentId} name={name} />}>
      <ListToolbar
        language={sessionFilter}
        choice={search}
        failure={error}
        onChoose={(change) => void navigate({ search: withoutEmpty({ ...search, ...change }) })}
      />
      {sessions ? (
        <>
          {sessions.length === 0 && wanted !== '' ? (
            <NothingMatches what="session" onClear={() => void navigate({ search: {} })} />
          ) : (
            <SessionList experimentId={experimentId} sessions={sessions} />
          )}
          {hasNextPage && (
            <OlderRows
              label="Older sessions"
              loading={isFetchingNextPage}
              onLoad={() => void fetchNextPage()}
            />
          )}
        </>
      ) : isRefusal(error) ? null : error ? (
        <FailurePanel error={error} onRetry={() => void refetch()} />
      ) : (
        <LoadingRows />
      )}
    </Page>
  )
}

function SessionList({ experimentId, sessions }: { experimentId: string; sessions: Session[] }) {
  const navigate = useNavigate()
  if (sessions.length === 0) {
    return (
      <EmptyPanel
        title="No sessions yet"
        actions={
          <Link to="/connect" className="button primary">
            Send traces from your agent
          </Link>
        }
      >
        Traces that carry the same session, such as the calls of one caller, are shown here together. Set
        session.id on a span, or mlflow.trace.session on a trace.
      </EmptyPanel>
    )
  }
  return (
    <DataList
      className="session-list"
      label="Sessions"
      items={sessions}
      keyOf={({ sessionId }) => sessionId}
      head={
        <>
          <span />
          <span>Session</span>
          <span>First question</span>
          <span className="num minor">Traces</span>
          <span className="num">Turns</span>
          <span className="num minor">Slowest, ms</span>
          <span className="num minor">Tokens</span>
          <span className="num minor">Lowest score</span>
          <span className="num">Last</span>
        </>
      }
      onOpen={({ sessionId }) =>
        void navigate({
          to: '/experiments/$experimentId',
          params: { experimentId },
          search: { filter: filterOf(sessionId) },
        })
      }
      row={(session, isCurrent) => (
        <SessionRow experimentId={experimentId} session={session} isCurrent={isCurrent} />
      )}
    />
  )
}

function filterOf(sessionId: string): string {
  return `metadata.\`mlflow.trace.session\` = ${quotedText(sessionId)}`
}

function SessionRow({
  experimentId,
  session,
  isCurrent,
}: {
  experimentId: string
  session: Session
  isCurrent: boolean
}) {
  const none = <span className="faint">–</span>
  return (
    <Link
      to="/experiments/$experimentId"
      params={{ experimentId }}
      search={{ filter: filterOf(session.sessionId) }}
      className={`data-columns data-row ${isCurrent ? 'current' : ''}`}
    >
      <span className="marker">
        {session.openCount > 0 ? (
          <span className="dot live" />
        ) : session.failedCount > 0 ? (
          <ErrorMark label={`${session.failedCount} failed`} />
        ) : null}
      </span>
      <span className="mono ellipsis id">{session.sessionId}</span>
      <span className="dim ellipsis question">{session.firstUserText ?? session.userId ?? ''}</span>
      <span className="num minor">{formatCount(session.traceCount)}</span>
      <span className="num turns">
        {session.interruptedCount > 0 && (
          <InterruptedMark label={`${session.interruptedCount} interrupted`} />
        )}
        {session.turnCount > 0 ? formatCount(session.turnCount) : none}
        {session.turnCount > 0 && (
          <span className="faint narrow-only">{session.turnCount === 1 ? 'turn' : 'turns'}</span>
        )}
      </span>
      <span className={`num minor ${(session.slowestMs ?? 0) >= slowFromMs ? 'slow' : ''}`}>
        {session.slowestMs === null ? none : formatMs(session.slowestMs)}
      </span>
      <span className="num minor">
        {session.totalTokens === null ? none : formatCount(session.totalTokens)}
      </span>
      <span className={`num minor ${isLowScore(session.lowestScore) ? 'slow' : ''}`}>
        {session.lowestScore === null ? none : formatScore(session.lowestScore)}
      </span>
      <span className="num dim when">{formatMoment(session.lastMs, Date.now())}</span>
    </Link>
  )
}
