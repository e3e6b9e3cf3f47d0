import { useQuery } from '@tanstack/react-query'
import type { Experiment } from '@voxtrace/model'
import { latestTraceQuery } from '../../api/queries.ts'
import { GapBar } from '../../components/gap-bar.tsx'
import type { ListColumn } from '../../components/list/columns.ts'
import { type TraceRow, traceRowOf } from '../../facade/trace-row.ts'
import { formatMoment, formatMs } from '../../format/time.ts'

/** The columns of the list of experiments. */
export const experimentColumns: readonly ListColumn<Experiment>[] = [
  {
    id: 'name',
    label: 'Name',
    width: 'minmax(140px, 1.2fr)',
    className: 'ellipsis',
    fromWidth: 0,
    card: 'title',
    cell: ({ name }) => <b>{name}</b>,
  },
  {
    id: 'id',
    label: 'Id',
    width: '90px',
    className: 'mono faint ellipsis',
    fromWidth: 1101,
    cell: ({ experimentId }) => experimentId,
  },
  {
    id: 'latest',
    label: 'Latest trace',
    width: 'minmax(120px, 2fr)',
    className: 'dim ellipsis',
    fromWidth: 0,
    card: 'left',
    cell: ({ experimentId }) => <LatestTitle experimentId={experimentId} />,
  },
  {
    id: 'wait',
    label: 'Its slowest voice to voice, ms',
    width: '190px',
    fromWidth: 1101,
    cell: ({ experimentId }) => <LatestWait experimentId={experimentId} />,
  },
  {
    id: 'when',
    label: 'When',
    width: '130px',
    className: 'num dim',
    fromWidth: 0,
    card: 'when',
    cell: ({ experimentId }) => <LatestTime experimentId={experimentId} />,
  },
]

interface OfExperiment {
  experimentId: string
}

/** The newest trace of an experiment; null when it has none, undefined while that is not known. */
function useLatest(experimentId: string): TraceRow | null | undefined {
  const { data } = useQuery(latestTraceQuery(experimentId))
  return data && traceRowOf(data)
}

/** Shows that the newest trace of an experiment still goes on. */
export function LatestMarker({ experimentId }: OfExperiment) {
  return useLatest(experimentId)?.isOpen ? <span className="dot live" /> : null
}

function LatestTitle({ experimentId }: OfExperiment) {
  const latest = useLatest(experimentId)
  return latest === null ? <span className="faint">No traces yet</span> : latest?.title
}

function LatestWait({ experimentId }: OfExperiment) {
  const gap = useLatest(experimentId)?.gap
  return gap ? (
    <span className="gap">
      <span className="num">{formatMs(gap.totalMs)}</span>
      <GapBar gap={gap} fullMs={2600} />
    </span>
  ) : null
}

function LatestTime({ experimentId }: OfExperiment) {
  const latest = useLatest(experimentId)
  return latest ? formatMoment(latest.startMs, Date.now()) : ''
}
