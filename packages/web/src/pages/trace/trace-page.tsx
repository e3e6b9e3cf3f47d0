import { getRouteApi, Link } from '@tanstack/react-router'
import { Dialog } from 'radix-ui'
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { RequestFailure } from '../../api/request.ts'
import { CopyButton } from '../../components/copy-button.tsx'
import { useExperimentName } from '../../components/experiment-name.tsx'
import { Icon } from '../../components/icon.tsx'
import { narrowTrace, useMediaQuery } from '../../components/media-query.ts'
import { CrumbSeparator, Crumbs, Page } from '../../components/page.tsx'
import { EmptyPanel, FailurePanel, LoadingRows, ToExperiments } from '../../components/panel-states.tsx'
import { useKeptItems } from '../../components/use-kept-items.ts'
import type { SpanNode } from '../../facade/span-tree.ts'
import type { TraceView } from '../../facade/trace-view.ts'
import { formatDateTime } from '../../format/time.ts'
import { ConversationActions, ConversationBar } from '../../player/conversation-bar.tsx'
import { Timeline } from '../../player/timeline.tsx'
import { useConversationPlayer } from '../../player/use-conversation-player.ts'
import { FoldingStore } from '../../store/folding.ts'
import { TimeWindowStore } from '../../store/time-window.ts'
import { SpanDetail } from './span-detail.tsx'
import { SpanWaterfall } from './span-waterfall.tsx'
import { LiveTag, TraceFigures, TraceLinks } from './trace-facts.tsx'
import { TraceMenu } from './trace-menu.tsx'
import { TraceOverview } from './trace-overview.tsx'
import { TraceToolbar } from './trace-toolbar.tsx'
import { Transcript } from './transcript.tsx'
import { useTrace, useTraceLength } from './use-trace.ts'
import { useTraceNavigation } from './use-trace-navigation.ts'
import './trace-page.css'

const route = getRouteApi('/traces/$traceId')

/** One trace: its conversation turn by turn, its spans in time, and all that is known of the selected one. */
export function TracePage() {
  const { traceId } = route.useParams()
  const { view, failure, awaited, reload } = useTrace(traceId)
  const experiment = useExperimentName(view?.info.experimentId)
  const narrow = useMediaQuery(narrowTrace)
  const isDeleted = failure instanceof RequestFailure && failure.kind === 'not-found'
  return (
    <Page
      title={view ? `${view.title} ${traceId.slice(3, 11)}` : 'Trace'}
      className="page-slot"
      experimentId={view?.info.experimentId}
      header={
        <>
          <Crumbs>
            {view ? (
              <Link to="/experiments/$experimentId" params={{ experimentId: view.info.experimentId }}>
                {experiment}
              </Link>
            ) : (
              <Link to="/experiments">Experiments</Link>
            )}
            <CrumbSeparator />
            <b className="mono">{traceId.slice(0, 11)}</b>
            {view && <span className="faint wide-only">{formatDateTime(view.info.requestTimeMs)}</span>}
          </Crumbs>
          <span className="spacer" />
          {view && <LiveTag view={view} />}
          {view && !narrow && (
            <>
              <TraceFigures view={view} />
              <TraceLinks view={view} />
              <TraceMenu view={view} />
            </>
          )}
          <CopyButton
            text={() => location.href}
            label="Copy a link to what is shown"
            className="button square"
          />
        </>
      }
    >
      {view && isDeleted ? (
        <EmptyPanel title="This trace has been deleted" actions={<ToExperiments />}>
          It was deleted while it was open here, and its recording with it.
        </EmptyPanel>
      ) : view ? (
        <LoadedTrace key={traceId} view={view} awaited={awaited} />
      ) : failure ? (
        <FailurePanel error={failure} onRetry={() => void reload()} />
      ) : (
        <LoadingRows count={24} />
      )}
    </Page>
  )
}

function LoadedTrace({ view, awaited }: { view: TraceView; awaited: number | null }) {
  const narrow = useMediaQuery(narrowTrace)
  const folding = useMemo(() => new FoldingStore(), [])
  const window = useMemo(() => new TimeWindowStore(), [])
  const lengthMs = useTraceLength(view)
  const turns = useKeptItems(view.turns, Object.is)
  const find = useRef<HTMLInputElement>(null)
  // A call that has just begun has its place for turns from the start. Where nothing told that it would be one, what is
  // read stays where it is until its reader asks for the turns.
  const [hasTurns, setHasTurns] = useState(
    turns.length > 0 || (view.isConversation && (view.isOpen || view.isOutline)),
  )
  if (!hasTurns && view.isConversation && view.isOutline) setHasTurns(true)
  const [narrowView, setNarrowView] = useState<'turns' | 'spans'>(hasTurns ? 'turns' : 'spans')
  const selectSpan = useRef<(spanId: string) => void>(() => {})
  const chosenSpan = useRef<SpanNode | null>(null)
  const player = useConversationPlayer({
    view,
    turns,
    lengthMs,
    window,
    onSelect: (spanId) => selectSpan.current(spanId),
    selectedStretch: () =>
      chosenSpan.current && {
        fromMs: chosenSpan.current.startMs,
        toMs: chosenSpan.current.endMs ?? lengthMs,
      },
  })
  const navigation = useTraceNavigation({
    view,
    turns,
    lengthMs,
    folding,
    window,
    onFind: () => find.current?.focus(),
  })
  selectSpan.current = navigation.select
  chosenSpan.current = navigation.isChosen ? (navigation.selected ?? null) : null
  const chosen = useRef((_spanId: string) => {})
  chosen.current = (spanId) => {
    navigation.select(spanId)
    player.seekSpan(spanId)
  }
  // The same for as long as the page is open, so that the turns of a call that goes on are not all drawn again.
  const choose = useCallback((spanId: string) => chosen.current(spanId), [])
  const isWhole = awaited === null
  // biome-ignore lint/correctness/useExhaustiveDependencies: a trace is folded when it opens, and once all of it has come
  useEffect(() => folding.settle(view.tree), [folding, isWhole])

  const { selected } = navigation
  if (!selected) {
    return (
      <EmptyPanel title={view.isOpen ? 'Waiting for the first span' : 'This trace has no spans'}>
        {view.isOpen
          ? 'The trace has begun. Its spans appear here as they start.'
          : 'Only its summary was sent. A client that exports spans fills this page.'}
      </EmptyPanel>
    )
  }
  const parts = { view, turns, player, lengthMs, selected }
  const actions = (
    <>
      {!hasTurns && turns.length > 0 && (
        <button
          type="button"
          className="button primary"
          onClick={() => {
            setHasTurns(true)
            setNarrowView('turns')
          }}
        >
          Show turns
        </button>
      )}
      <ConversationActions {...parts} />
    </>
  )
  const head = narrow && (
    <section className="narrow-head" aria-label="The trace">
      <TraceFigures view={view} />
      <div className="actions">
        <TraceLinks view={view} />
        {actions}
        <TraceMenu view={view} />
      </div>
    </section>
  )
  const transcript = (
    <Transcript
      view={view}
      turns={turns}
      texts={player.texts}
      heard={player.heard}
      hear={player.hear}
      currentSpanId={navigation.turn?.spanId ?? null}
      openScoreId={navigation.openScoreId}
      onSelect={choose}
      onToggleScore={navigation.toggleScore}
      head={head}
    />
  )
  const spans = (
    <SpanWaterfall
      tree={view.tree}
      lengthMs={lengthMs}
      folding={folding}
      window={window}
      selectedId={navigation.isChosen ? selected.id : null}
      query={navigation.query}
      only={navigation.only}
      critical={navigation.critical}
      onSelect={choose}
      onFold={navigation.fold}
      onUnfold={navigation.unfold}
    />
  )
  const hasVoices = hasTurns || player.playback.tracks.length > 0
  const timeline = (below: ReactNode) => (
    <Timeline
      turns={turns}
      hasTurns={hasTurns}
      problems={player.problems}
      speech={player.speech}
      playback={player.playback}
      window={window}
      lengthMs={lengthMs}
      currentTurnId={navigation.turn?.spanId ?? null}
      onSelect={choose}
    >
      {below}
    </Timeline>
  )
  const bar = hasVoices && <ConversationBar {...parts} />
  const overview = <TraceOverview tree={view.tree} lengthMs={lengthMs} window={window} />
  const waterfall = (
    <>
      <TraceToolbar
        ref={find}
        tree={view.tree}
        awaited={awaited}
        lengthMs={lengthMs}
        folding={folding}
        window={window}
        navigation={navigation}
      >
        {!hasVoices && !narrow && actions}
      </TraceToolbar>
      {overview}
      {hasVoices ? timeline(spans) : spans}
    </>
  )
  const detail = (placement: 'below' | 'beside') => (
    <SpanDetail
      view={view}
      node={selected}
      turn={turns.find(({ spanId }) => spanId === selected.id)}
      lengthMs={lengthMs}
      tab={navigation.tab}
      onTab={navigation.showTab}
      placement={placement}
    />
  )
  if (narrow) {
    return (
      <div className={`trace-page narrow ${narrowView}`}>
        {hasTurns ? (
          <div className="narrow-views">
            <div className="segmented">
              <button
                type="button"
                aria-pressed={narrowView === 'turns'}
                onClick={() => setNarrowView('turns')}
              >
                Turns
              </button>
              <button
                type="button"
                aria-pressed={narrowView === 'spans'}
                onClick={() => setNarrowView('spans')}
              >
                Spans
              </button>
            </div>
          </div>
        ) : (
          head
        )}
        {narrowView === 'turns' ? (
          <>
            {overview}
            {timeline(null)}
            {bar}
            {transcript}
          </>
        ) : (
          waterfall
        )}
        <Dialog.Root
          open={narrowView === 'spans' && navigation.isChosen}
          onOpenChange={(open) => !open && navigation.clear()}
        >
          <Dialog.Portal>
            <Dialog.Overlay className="sheet-overlay" />
            <Dialog.Content className="detail-sheet" aria-describedby={undefined}>
              <Dialog.Title className="visually-hidden">{selected.name}</Dialog.Title>
              {detail('beside')}
              <Dialog.Close className="button ghost square close" aria-label="Close">
                <Icon name="close" />
              </Dialog.Close>
            </Dialog.Content>
          </Dialog.Portal>
        </Dialog.Root>
      </div>
    )
  }
  return hasTurns ? (
    <div className="trace-page conversation">
      {bar}
      {waterfall}
      {detail('below')}
      {transcript}
    </div>
  ) : (
    <div className={hasVoices ? 'trace-page plain sounding' : 'trace-page plain'}>
      {bar}
      {waterfall}
      {detail('beside')}
    </div>
  )
}
