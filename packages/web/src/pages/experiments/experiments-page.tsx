import { useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { Experiment } from '@voxtrace/model'
import { Fragment } from 'react'
import { renameExperiment } from '../../api/experiments.ts'
import { deletedExperimentsQuery, experimentsQuery } from '../../api/queries.ts'
import { Icon } from '../../components/icon.tsx'
import { BulkBar } from '../../components/list/bulk-bar.tsx'
import type { ListRows } from '../../components/list/data-row.tsx'
import { DeletedToggle } from '../../components/list/deleted-toggle.tsx'
import { withoutEmpty } from '../../components/list/list-address.ts'
import { LiveList } from '../../components/list/live-list.tsx'
import { NameFilter } from '../../components/list/name-filter.tsx'
import { NothingMatches } from '../../components/list/nothing-matches.tsx'
import { RenameButton } from '../../components/list/rename-button.tsx'
import { Crumbs, Page } from '../../components/page.tsx'
import { EmptyPanel, FailurePanel, LoadingRows } from '../../components/panel-states.tsx'
import { useStore } from '../../store/observable.ts'
import { experimentActions } from './experiment-actions.ts'
import { experimentColumns, LatestMarker } from './experiment-columns.tsx'
import { NewExperiment } from './new-experiment.tsx'
import { useLiveExperiments } from './use-live-experiments.ts'
import { useShownExperiments } from './use-shown-experiments.ts'
import '../../components/list/list-page.css'

const route = getRouteApi('/experiments')

const rows: ListRows<Experiment> = {
  keyOf: ({ experimentId }) => experimentId,
  linkOf: ({ experimentId }) => ({ to: '/experiments/$experimentId', params: { experimentId } }),
  nameOf: ({ name }) => name,
  isOpen: () => false,
  markerOf: ({ experimentId }) => <LatestMarker experimentId={experimentId} />,
}

/** Every experiment, or every one that was deleted, with the latest of its traces. */
export function ExperimentsPage() {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const { name: wanted = '', stage } = search
  const isDeleted = stage === 'deleted'
  const { data, error, refetch } = useQuery(isDeleted ? deletedExperimentsQuery : experimentsQuery)
  useLiveExperiments()
  const show = (change: Partial<typeof search>, replace = false) =>
    void navigate({ search: withoutEmpty({ ...search, ...change }), replace })
  return (
    <Page
      title="Experiments"
      className="list-page"
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
        <NameFilter
          label="Filter experiments by name"
          value={wanted}
          onChange={(name) => show({ name }, true)}
        />
        <DeletedToggle isDeleted={isDeleted} onStage={(next) => show({ stage: next })} />
        <NewExperiment />
      </div>
      {data ? (
        <ExperimentList
          key={stage}
          experiments={data}
          isDeleted={isDeleted}
          wanted={wanted}
          onClear={() => show({ name: undefined })}
        />
      ) : error ? (
        <FailurePanel error={error} onRetry={() => void refetch()} />
      ) : (
        <LoadingRows />
      )}
    </Page>
  )
}

interface ExperimentListProps {
  experiments: readonly Experiment[]
  isDeleted: boolean
  /** What names must have in them. */
  wanted: string
  onClear(): void
}

function ExperimentList({ experiments, isDeleted, wanted, onClear }: ExperimentListProps) {
  const client = useQueryClient()
  const list = useShownExperiments(experiments, wanted)
  const { rows: shown } = useStore(list.feed.list)
  const marked = useStore(list.selection)
  const only =
    marked.size === 1 ? experiments.find(({ experimentId }) => marked.has(experimentId)) : undefined
  const refresh = () => client.refetchQueries({ queryKey: experimentsQuery.queryKey })
  const actions = experimentActions(isDeleted, () => void refresh())
  return (
    <Fragment key={wanted}>
      {shown.length > 0 ? (
        <LiveList label="Experiments" list={list} rows={rows} columns={experimentColumns} chosen={null} />
      ) : wanted !== '' ? (
        <NothingMatches what="experiment" onClear={onClear} />
      ) : (
        <NoExperiments isDeleted={isDeleted} />
      )}
      <BulkBar
        selection={list.selection}
        noun="experiment"
        actions={actions}
        loaded={shown.map(rows.keyOf)}
        findAll={null}
      >
        {only && !isDeleted && (
          <RenameButton
            subject="An experiment"
            current={only.name}
            onRename={async (name) => {
              await renameExperiment(only.experimentId, name)
              await refresh()
            }}
          />
        )}
      </BulkBar>
    </Fragment>
  )
}

function NoExperiments({ isDeleted }: { isDeleted: boolean }) {
  if (isDeleted) {
    return (
      <EmptyPanel title="No deleted experiments">
        Experiments that are deleted can be restored from here.
      </EmptyPanel>
    )
  }
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
