import { getRouteApi, Link } from '@tanstack/react-router'
import { CrumbSeparator, Crumbs, Page } from '../../components/page.tsx'
import { EmptyPanel, FailurePanel, LoadingRows, ToExperiments } from '../../components/panel-states.tsx'
import type { TraceView } from '../../facade/trace-view.ts'
import { formatDateTime } from '../../format/time.ts'
import { useTrace } from '../trace/use-trace.ts'
import { ConversationPicker } from './conversation-picker.tsx'
import { PairedTurns } from './paired-turns.tsx'
import './compare.css'

const route = getRouteApi('/compare')

/** Two conversations side by side, turn by turn. */
export function ComparePage() {
  const { left, right } = route.useSearch()
  return (
    <Page
      title="Compare"
      className="compare-page"
      header={
        <>
          <Crumbs>
            <b>Compare</b>
            <CrumbSeparator className="wide-only" />
            <span className="faint wide-only">two conversations, turn by turn</span>
          </Crumbs>
          <span className="spacer" />
          {left && right && (
            <>
              <Link to="/compare" search={{ left }} className="button ghost">
                Another
              </Link>
              <Link to="/compare" search={{ left: right, right: left }} className="button" replace>
                Swap
              </Link>
            </>
          )}
        </>
      }
    >
      {left ? (
        <FirstRead left={left} right={right ?? null} />
      ) : (
        <EmptyPanel title="Nothing to compare" actions={<ToExperiments />}>
          Open a conversation and choose Compare. The conversation beside it is chosen next.
        </EmptyPanel>
      )}
    </Page>
  )
}

function FirstRead({ left, right }: { left: string; right: string | null }) {
  const { view, failure, reload } = useTrace(left)
  const { filter = '' } = route.useSearch()
  const navigate = route.useNavigate()
  if (!view) return failure ? <FailurePanel error={failure} onRetry={() => void reload()} /> : <LoadingRows />
  if (right === null) {
    return (
      <ConversationPicker
        left={view}
        filter={filter}
        onFilter={(next) => void navigate({ search: { left, ...(next && { filter: next }) } })}
      />
    )
  }
  return <BothRead key={right} left={view} right={right} />
}

function BothRead({ left, right }: { left: TraceView; right: string }) {
  const { view, failure, reload } = useTrace(right)
  if (!view) return failure ? <FailurePanel error={failure} onRetry={() => void reload()} /> : <LoadingRows />
  return (
    <div className="compare-scroll">
      <div className="compare-grid heads">
        <span />
        <ConversationHead view={left} />
        <ConversationHead view={view} />
      </div>
      <PairedTurns left={left} right={view} />
    </div>
  )
}

function ConversationHead({ view }: { view: TraceView }) {
  const { traceId, requestTimeMs } = view.info
  return (
    <span>
      <Link to="/traces/$traceId" params={{ traceId }} className="mono">
        {traceId.slice(0, 11)}
      </Link>{' '}
      <span className="faint">{formatDateTime(requestTimeMs)}</span>
    </span>
  )
}
