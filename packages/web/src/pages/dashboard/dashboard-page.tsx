import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { Dashboard } from '@voxtrace/protocol'
import { useMemo, useState } from 'react'
import { dashboardQuery } from '../../api/dashboard.ts'
import { latestTraceQuery } from '../../api/queries.ts'
import { useExperimentName } from '../../components/experiment-name.tsx'
import { NothingYet } from '../../components/nothing-yet.tsx'
import { ExperimentHeading, Page } from '../../components/page.tsx'
import { EmptyPanel, FailurePanel, LoadingRows } from '../../components/panel-states.tsx'
import { moment } from '../../components/time-chart.tsx'
import { WhereExperimentExists } from '../../components/where-experiment-exists.tsx'
import { dashboardRanges, seriesOf, stepStarts, stretchOf } from '../../facade/dashboard-view.ts'
import { counted, formatDateTime } from '../../format/time.ts'
import { AgreementPanel } from './agreement-panel.tsx'
import { FigurePanels } from './figure-panels.tsx'
import { GroupPanel } from './group-panel.tsx'
import { ScorePanels } from './score-panels.tsx'
import { VoicePanel } from './voice-panel.tsx'
import './dashboard.css'

const route = getRouteApi('/experiments/$experimentId/dashboard')

const metrics = [
  'traces',
  'failed_traces',
  'failed_spans',
  'turns',
  'interrupted_turns',
  'voice_to_voice_ms',
  'latency.end_of_utterance_ms',
  'latency.speech_to_text_ms',
  'latency.rag_retrieval_ms',
  'latency.first_token_ms',
  'latency.first_clause_ms',
  'latency.first_audio_ms',
  'latency.network_ms',
  'model_ms',
  'first_token_ms',
  'input_tokens',
  'output_tokens',
  'timed_output_tokens',
  'total_cost',
] as const

/** What every panel of the page is given. */
export interface DashboardView {
  now: Dashboard
  /** The same stretch of time before; null until it is known. */
  before: Dashboard | null
  starts: number[]
  /** The step that is read on every chart. */
  at: number | null
  onAt(index: number | null): void
  /** Opens the traces of a step, or of the whole stretch, that meet a filter. */
  onOpen(index: number | null, filter?: string): void
}

/** How an experiment's conversations went over time, against the time before; every figure leads to its traces. */
export function DashboardPage() {
  const { experimentId } = route.useParams()
  const { range: rangeName = '7d', by } = route.useSearch()
  const navigate = route.useNavigate()
  const name = useExperimentName(experimentId)
  const range = dashboardRanges.find((each) => each.name === rangeName) ?? dashboardRanges[1]
  const [at, setAt] = useState<number | null>(null)
  const stretch = useMemo(() => stretchOf(range, Date.now()), [range])
  const length = stretch.toMs - stretch.fromMs
  const earlier = { ...stretch, fromMs: stretch.fromMs - length, toMs: stretch.fromMs }
  const now = useQuery({
    ...dashboardQuery({ experimentId, metrics, ...stretch }),
    placeholderData: keepPreviousData,
  })
  const before = useQuery({ ...dashboardQuery({ experimentId, metrics, ...earlier }) })

  const view: DashboardView | null = now.data
    ? {
        now: now.data,
        before: before.data ?? null,
        starts: stepStarts(now.data),
        at,
        onAt: setAt,
        onOpen: (index, filter) => {
          const from = index === null ? now.data.fromMs : now.data.fromMs + index * now.data.stepMs
          const to = index === null ? now.data.toMs : from + now.data.stepMs
          void navigate({
            to: '/experiments/$experimentId',
            params: { experimentId },
            search: { ...(filter && { filter }), from: String(from), to: String(to) },
          })
        },
      }
    : null
  return (
    <Page
      title={`${name}, dashboard`}
      className="dashboard-page"
      experimentId={experimentId}
      header={
        <>
          <ExperimentHeading experimentId={experimentId} name={name} />
          <span className="spacer" />
          {view && (
            <span className="dim wide-only">
              {counted(seriesOf(view.now, 'traces').total.count, 'trace')},{' '}
              {counted(seriesOf(view.now, 'turns').total.count, 'turn')}
            </span>
          )}
        </>
      }
    >
      <div className="dashboard-choice">
        <fieldset className="segmented" aria-label="Stretch of time">
          {dashboardRanges.map(({ name: each, label }) => (
            <button
              type="button"
              key={each}
              aria-pressed={each === range.name}
              onClick={() => void navigate({ search: (old) => ({ ...old, range: each }) })}
            >
              {label}
            </button>
          ))}
        </fieldset>
        <span className="faint">against {range.before}</span>
        <span className="spacer" />
        <span className="faint wide-only">
          {view && (at === null ? stretchText(view.now) : stepText(view, at))}
        </span>
      </div>
      {view && seriesOf(view.now, 'traces').total.count === 0 ? (
        <NothingInStretch experimentId={experimentId} />
      ) : view ? (
        <div className="dashboard-grid" data-stale={now.isPlaceholderData}>
          <VoicePanel view={view} experimentId={experimentId} />
          <FigurePanels view={view} />
          <div className="score-panels">
            <ScorePanels view={view} experimentId={experimentId} earlier={earlier} />
          </div>
          <AgreementPanel view={view} experimentId={experimentId} />
          <GroupPanel
            view={view}
            experimentId={experimentId}
            by={by ?? 'model'}
            onBy={(next) => void navigate({ search: (old) => ({ ...old, by: next }), replace: true })}
          />
        </div>
      ) : now.error ? (
        <FailurePanel error={now.error} onRetry={() => void now.refetch()} />
      ) : (
        <LoadingRows />
      )}
    </Page>
  )
}

function stretchText({ fromMs, toMs, stepMs }: Dashboard): string {
  const hours = stepMs / 3_600_000
  return `${moment(fromMs, 7_200_000)} to ${moment(toMs, 7_200_000)}, in steps of ${hours === 1 ? 'an hour' : `${hours} hours`}`
}

function stepText({ now, starts }: DashboardView, at: number): string {
  const startMs = starts[at] ?? 0
  return `${moment(startMs, 7_200_000)} to ${moment(startMs + now.stepMs, 7_200_000)}: press Enter or click for its traces`
}

function NothingInStretch({ experimentId }: { experimentId: string }) {
  const { data: latest } = useQuery(latestTraceQuery(experimentId))
  if (latest === undefined) return <LoadingRows />
  if (latest === null) {
    return (
      <WhereExperimentExists experimentId={experimentId}>
        <NothingYet what="traces">
          Figures of their waits, errors, tokens and scores appear here as traces arrive.
        </NothingYet>
      </WhereExperimentExists>
    )
  }
  return (
    <EmptyPanel
      title="Nothing happened in this stretch of time"
      actions={
        <Link to="/experiments/$experimentId" params={{ experimentId }} className="button">
          All traces
        </Link>
      }
    >
      The latest trace began {formatDateTime(latest.info.requestTimeMs)}.
    </EmptyPanel>
  )
}
