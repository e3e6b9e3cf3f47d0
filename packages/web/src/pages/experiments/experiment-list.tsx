import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import type { Experiment } from '@voxtrace/model'
import { latestTraceQuery } from '../../api/queries.ts'
import { GapBar } from '../../components/gap-bar.tsx'
import { DataList, SelectableRow } from '../../components/list/data-list.tsx'
import { traceRowOf } from '../../facade/trace-row.ts'
import { formatMoment, formatMs } from '../../format/time.ts'
import type { SelectionStore } from '../../store/selection.ts'

/** Experiments, each with the latest of its traces. */
export function ExperimentList({
  experiments,
  selection,
}: {
  experiments: readonly Experiment[]
  selection: SelectionStore
}) {
  const navigate = useNavigate()
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
      selection={selection}
      row={(experiment, isCurrent, isMarked) => (
        <ExperimentRow
          experiment={experiment}
          isCurrent={isCurrent}
          isMarked={isMarked}
          onMark={() => selection.toggle(experiment.experimentId)}
        />
      )}
    />
  )
}

interface ExperimentRowProps {
  experiment: Experiment
  isCurrent: boolean
  isMarked: boolean
  onMark(): void
}

function ExperimentRow({ experiment, isCurrent, isMarked, onMark }: ExperimentRowProps) {
  const { experimentId, name } = experiment
  const { data, isPending } = useQuery(latestTraceQuery(experimentId))
  const row = data ? traceRowOf(data) : null
  return (
    <SelectableRow
      name={name}
      isCurrent={isCurrent}
      isMarked={isMarked}
      onMark={onMark}
      marker={row?.isOpen && <span className="dot live" />}
    >
      <Link to="/experiments/$experimentId" params={{ experimentId }}>
        <b className="ellipsis name">{name}</b>
        <span className="mono faint minor ellipsis">{experimentId}</span>
        <span className="latest ellipsis">
          {row ? row.title : <span className="faint">{isPending ? '' : 'No traces yet'}</span>}
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
    </SelectableRow>
  )
}
