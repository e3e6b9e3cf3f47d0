import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import type { Experiment } from '@voxtrace/model'
import { useState } from 'react'
import { createExperiment } from '../../api/experiments.ts'
import { experimentsQuery, latestTraceQuery } from '../../api/queries.ts'
import { GapBar } from '../../components/gap-bar.tsx'
import { Icon } from '../../components/icon.tsx'
import { DataList } from '../../components/list/data-list.tsx'
import { Question } from '../../components/list/question.tsx'
import { Crumbs, Page } from '../../components/page.tsx'
import { EmptyPanel, FailurePanel, LoadingRows } from '../../components/panel-states.tsx'
import { traceRowOf } from '../../facade/trace-row.ts'
import { formatMoment, formatMs } from '../../format/time.ts'
import { ExperimentNameForm } from './experiment-name-form.tsx'
import { useLiveExperiments } from './use-live-experiments.ts'
import '../../components/list/list-toolbar.css'
import './experiments.css'

/** Every experiment, with the latest of its traces. */
export function ExperimentsPage() {
  const { data, error, refetch } = useQuery(experimentsQuery)
  useLiveExperiments()
  return (
    <Page
      title="Experiments"
      header={
        <>
          <Crumbs>
            <b>Experiments</b>
          </Crumbs>
          <span className="spacer" />
          <Link to="/connect" className="button">
            Send traces
          </Link>
          <Link to="/talk" className="button primary wide-only">
            <Icon name="mic" />
            Talk to the bot
          </Link>
        </>
      }
    >
      <div className="list-toolbar">
        <NewExperiment />
      </div>
      {data ? (
        <ExperimentList experiments={data} />
      ) : error ? (
        <FailurePanel error={error} onRetry={() => void refetch()} />
      ) : (
        <LoadingRows />
      )}
    </Page>
  )
}

function NewExperiment() {
  const client = useQueryClient()
  const navigate = useNavigate()
  const [isOpen, setOpen] = useState(false)
  const create = async (name: string) => {
    const experimentId = await createExperiment(name)
    await client.refetchQueries({ queryKey: experimentsQuery.queryKey })
    await navigate({ to: '/experiments/$experimentId', params: { experimentId } })
  }
  return (
    <>
      <button type="button" className="button" onClick={() => setOpen(true)}>
        <Icon name="plus" />
        New experiment
      </button>
      {isOpen && (
        <Question title="New experiment" onClose={() => setOpen(false)}>
          <ExperimentNameForm action="Create" onSave={create} />
        </Question>
      )}
    </>
  )
}

function ExperimentList({ experiments }: { experiments: Experiment[] }) {
  const navigate = useNavigate()
  if (experiments.length === 0) {
    return (
      <EmptyPanel
        title="No experiments"
        actions={
          <Link to="/connect" className="button primary">
            Send traces from your agent
          </Link>
        }
      >
        Make one above, or have a client log to a new name.
      </EmptyPanel>
    )
  }
  return (
    <DataList
      className="experiment-list"
      label="Experiments"
      items={experiments}
      keyOf={({ experimentId }) => experimentId}
      head={
        <>
          <span>Name</span>
          <span className="minor">Id</span>
          <span>Latest trace</span>
          <span className="minor">Its slowest voice to voice, ms</span>
          <span className="num">When</span>
        </>
      }
      onOpen={(experiment) => void navigate({ to: '/experiments/$experimentId', params: experiment })}
      row={(experiment, isCurrent) => <ExperimentRow experiment={experiment} isCurrent={isCurrent} />}
    />
  )
}

function ExperimentRow({ experiment, isCurrent }: { experiment: Experiment; isCurrent: boolean }) {
  const { data, isPending } = useQuery(latestTraceQuery(experiment.experimentId))
  const row = data ? traceRowOf(data) : null
  return (
    <Link
      to="/experiments/$experimentId"
      params={{ experimentId: experiment.experimentId }}
      className={`data-columns data-row ${isCurrent ? 'current' : ''}`}
    >
      <b className="ellipsis">{experiment.name}</b>
      <span className="mono faint minor ellipsis">{experiment.experimentId}</span>
      <span className="latest">
        {row?.isOpen && <span className="dot live" />}
        {row ? (
          <span className="ellipsis">{row.title}</span>
        ) : (
          <span className="faint">{isPending ? '' : 'No traces yet'}</span>
        )}
      </span>
      <span className="wait minor">
        {row?.gap && (
          <>
            <span className="num">{formatMs(row.gap.totalMs)}</span>
            <GapBar gap={row.gap} fullMs={2600} />
          </>
        )}
      </span>
      <span className="num dim when">{row ? formatMoment(row.startMs, Date.now()) : ''}</span>
    </Link>
  )
}
