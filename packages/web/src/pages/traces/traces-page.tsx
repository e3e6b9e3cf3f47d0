import { getRouteApi, Link } from '@tanstack/react-router'
import { useEffect, useMemo } from 'react'
import { useExperimentName } from '../../components/experiment-name.tsx'
import { Icon } from '../../components/icon.tsx'
import { BulkBar } from '../../components/list/bulk-bar.tsx'
import { ColumnMenu } from '../../components/list/column-menu.tsx'
import { isRefusal, ListToolbar, withoutEmpty } from '../../components/list/list-toolbar.tsx'
import { NothingMatches } from '../../components/list/nothing-matches.tsx'
import { allTraceIds, traceActions } from '../../components/list/trace-actions.ts'
import { WaitHistogram } from '../../components/list/wait-histogram.tsx'
import { useMediaQuery } from '../../components/media-query.ts'
import { NothingYet } from '../../components/nothing-yet.tsx'
import { ExperimentHeading, Page } from '../../components/page.tsx'
import { FailurePanel, LoadingRows } from '../../components/panel-states.tsx'
import { traceFilter } from '../../facade/filter-language.ts'
import { bothFilters } from '../../facade/filter-text.ts'
import { seenIn } from '../../facade/seen-values.ts'
import { timeFilter } from '../../facade/time-range.ts'
import { formatCount } from '../../format/time.ts'
import { useStore } from '../../store/observable.ts'
import { SelectionStore } from '../../store/selection.ts'
import { allColumns, shownColumns, type TraceColumn } from './trace-columns.tsx'
import { TraceList, TraceListHead } from './trace-list.tsx'
import { TraceListFeed } from './trace-list-feed.ts'

const route = getRouteApi('/experiments/$experimentId')

/** The traces of one experiment, newest first, as they come. What is chosen stands in the address. */
export function TracesPage() {
  const { experimentId } = route.useParams()
  const search = route.useSearch()
  const { filter = '', last, from, to, columns: chosenText } = search
  const navigate = route.useNavigate()
  const name = useExperimentName(experimentId)
  const wanted = useMemo(
    () => bothFilters(filter, timeFilter({ last, from, to }, Date.now())),
    [filter, last, from, to],
  )
  const feed = useMemo(() => new TraceListFeed(experimentId, wanted), [experimentId, wanted])
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was selected of another list is not of this one
  const selection = useMemo(() => new SelectionStore(), [feed])
  useEffect(() => feed.start(), [feed])
  const { rows, nextPageToken } = useStore(feed.list)
  const { failure } = useStore(feed)
  const selected = useStore(selection)
  const [onlyId] = selected.size === 1 ? selected : []
  const actions = useMemo(
    () =>
      traceActions({
        experimentId,
        one: 'trace',
        many: 'traces',
        together: 500,
        traceIdsOf: async (ids) => ids,
        onDeleted: (ids) => {
          for (const id of ids) feed.list.remove(id)
        },
      }),
    [experimentId, feed],
  )
  const seen = useMemo(() => seenIn(rows), [rows])
  const columns = useMemo(() => allColumns(seen.tagKeys), [seen])
  const chosen = chosenText === undefined ? null : chosenText.split(',')
  const shown = shownColumns(columns, chosen, useScreenWidth())
  const show = (change: Partial<typeof search>) =>
    void navigate({ search: withoutEmpty({ ...search, ...change }) })
  const list = { feed, columns: shown, selection }
  return (
    <Page
      title={name}
      className="trace-list-page"
      header={
        <>
          <ExperimentHeading experimentId={experimentId} name={name} />
          <span className="spacer" />
          <LiveTag feed={feed} openCount={rows.filter(({ isOpen }) => isOpen).length} />
          <Link to="/talk" className="button primary wide-only">
            <Icon name="mic" />
            Talk to the bot
          </Link>
        </>
      }
    >
      <ListToolbar
        language={traceFilter}
        seen={seen.values}
        choice={search}
        failure={failure}
        onChoose={show}
      >
        <span className="wide-only">
          <ColumnMenu
            columns={columns.map(({ id, label, fromWidth }) => ({ id, label, isUsual: fromWidth !== null }))}
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
      <TraceListHead {...list} />
      <TraceListContent
        {...list}
        experimentId={experimentId}
        isFiltered={filter !== '' || Boolean(last ?? from ?? to)}
        refused={filter !== '' && isRefusal(failure)}
        onClear={() => show({ filter: undefined, last: undefined, from: undefined, to: undefined })}
      />
      <BulkBar
        key={wanted}
        selection={selection}
        one="trace"
        many="traces"
        actions={actions}
        findAll={nextPageToken === null ? null : (progress) => allTraceIds(experimentId, wanted, progress)}
        idle={
          <footer className="trace-list-foot">
            <span>
              <kbd>J</kbd>
              <kbd>K</kbd> move
            </span>
            <span>
              <kbd>Enter</kbd> open
            </span>
            <span>
              <kbd>X</kbd> select
            </span>
            <span>
              <kbd>/</kbd> filter
            </span>
            <span className="spacer" />
            <RowCount feed={feed} />
          </footer>
        }
      >
        {onlyId !== undefined && (
          <Link to="/traces/$traceId" params={{ traceId: onlyId }} className="button">
            Open
          </Link>
        )}
      </BulkBar>
    </Page>
  )
}

/** As wide as the screen is, in the steps in which columns come and go. */
function useScreenWidth(): number {
  const isPhone = useMediaQuery('(max-width: 640px)')
  const isSmall = useMediaQuery('(max-width: 860px)')
  const isMedium = useMediaQuery('(max-width: 1100px)')
  return isPhone ? 0 : isSmall ? 641 : isMedium ? 861 : 1101
}

function TraceListContent({
  experimentId,
  feed,
  columns,
  selection,
  isFiltered,
  refused,
  onClear,
}: {
  experimentId: string
  feed: TraceListFeed
  columns: readonly TraceColumn[]
  selection: SelectionStore
  isFiltered: boolean
  refused: boolean
  onClear(): void
}) {
  const { rows, loaded } = useStore(feed.list)
  const { loading, failure } = useStore(feed)
  if (!loaded && loading) return <LoadingRows count={20} />
  if (!loaded && refused) return <div className="filler" />
  if (!loaded && failure) return <FailurePanel error={failure} onRetry={() => void feed.load()} />
  if (rows.length > 0) return <TraceList feed={feed} columns={columns} selection={selection} />
  if (isFiltered) return <NothingMatches what="trace" onClear={onClear} />
  return (
    <NothingYet experimentId={experimentId} what="traces">
      They appear here the moment their first span starts.
    </NothingYet>
  )
}

function LiveTag({ feed, openCount }: { feed: TraceListFeed; openCount: number }) {
  const { live } = useStore(feed)
  if (live === 'lost') return <span className="tag">Reconnecting</span>
  return (
    <span className="tag live" style={{ visibility: live === 'open' ? 'visible' : 'hidden' }}>
      <span className="dot" />
      Live{openCount > 0 ? `, ${openCount} open` : ''}
    </span>
  )
}

function RowCount({ feed }: { feed: TraceListFeed }) {
  const { rows, nextPageToken } = useStore(feed.list)
  return (
    <span>
      {formatCount(rows.length)}
      {nextPageToken ? ' or more' : ''} {rows.length === 1 ? 'trace' : 'traces'}, newest first
    </span>
  )
}
