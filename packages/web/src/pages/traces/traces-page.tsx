import { getRouteApi, Link } from '@tanstack/react-router'
import { useEffect, useMemo } from 'react'
import { RequestFailure } from '../../api/request.ts'
import { useExperimentName } from '../../components/experiment-name.tsx'
import { Icon } from '../../components/icon.tsx'
import { CrumbSeparator, Crumbs, ExperimentTabs, Page } from '../../components/page.tsx'
import { EmptyPanel, FailurePanel, LoadingRows } from '../../components/panel-states.tsx'
import { formatCount } from '../../format/time.ts'
import { useStore } from '../../store/observable.ts'
import { TraceFilter } from './trace-filter.tsx'
import { TraceList, TraceListHead } from './trace-list.tsx'
import { TraceListFeed } from './trace-list-feed.ts'

const route = getRouteApi('/experiments/$experimentId')

/** The traces of one experiment, newest first, as they come. */
export function TracesPage() {
  const { experimentId } = route.useParams()
  const { filter = '' } = route.useSearch()
  const navigate = route.useNavigate()
  const name = useExperimentName(experimentId)
  const feed = useMemo(() => new TraceListFeed(experimentId, filter), [experimentId, filter])
  useEffect(() => feed.start(), [feed])
  const { rows } = useStore(feed.list)
  const { failure } = useStore(feed)
  const openCount = rows.filter(({ isOpen }) => isOpen).length
  const refusal =
    filter && failure instanceof RequestFailure && failure.kind === 'refused' ? failure.message : null

  return (
    <Page
      title={name}
      className="trace-list-page"
      header={
        <>
          <Crumbs>
            <Link to="/experiments" className="wide-only">
              Experiments
            </Link>
            <CrumbSeparator className="wide-only" />
            <b>{name}</b>
          </Crumbs>
          <ExperimentTabs experimentId={experimentId} />
          <span className="spacer" />
          <LiveTag feed={feed} openCount={openCount} />
          <Link to="/talk" className="button primary wide-only">
            <Icon name="mic" />
            Talk to the bot
          </Link>
        </>
      }
    >
      <TraceFilter
        filter={filter}
        refusal={refusal}
        onApply={(next) => void navigate({ search: next ? { filter: next } : {} })}
      />
      <TraceListHead />
      <TraceListContent
        feed={feed}
        filter={filter}
        refused={refusal !== null}
        onClear={() => void navigate({ search: {} })}
      />
      <footer className="trace-list-foot">
        <span>
          <kbd>J</kbd>
          <kbd>K</kbd> move
        </span>
        <span>
          <kbd>Enter</kbd> open
        </span>
        <span>
          <kbd>/</kbd> filter
        </span>
        <span className="spacer" />
        <RowCount feed={feed} />
      </footer>
    </Page>
  )
}

function TraceListContent({
  feed,
  filter,
  refused,
  onClear,
}: {
  feed: TraceListFeed
  filter: string
  refused: boolean
  onClear(): void
}) {
  const { rows, loaded } = useStore(feed.list)
  const { loading, failure } = useStore(feed)
  if (!loaded && loading) return <LoadingRows count={20} />
  if (!loaded && refused) return <div className="filler" />
  if (!loaded && failure) return <FailurePanel error={failure} onRetry={() => void feed.load()} />
  if (rows.length > 0) return <TraceList feed={feed} />
  if (filter) {
    return (
      <EmptyPanel
        title="No trace matches this filter"
        actions={
          <button type="button" className="button" onClick={onClear}>
            Clear the filter
          </button>
        }
      />
    )
  }
  return (
    <EmptyPanel
      title="No traces yet"
      actions={
        <>
          <Link to="/talk" className="button primary">
            <Icon name="mic" />
            Talk to the bot
          </Link>
          <Link to="/connect" className="button">
            Send traces from your agent
          </Link>
        </>
      }
    >
      They appear here the moment their first span starts.
    </EmptyPanel>
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
