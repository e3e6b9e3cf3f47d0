import { useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { Experiment } from '@voxtrace/model'
import { Fragment, useMemo } from 'react'
import { renameExperiment } from '../../api/experiments.ts'
import { deletedExperimentsQuery, experimentsQuery } from '../../api/queries.ts'
import { Icon } from '../../components/icon.tsx'
import { BulkBar } from '../../components/list/bulk-bar.tsx'
import { DataList } from '../../components/list/data-list.tsx'
import type { ListRows } from '../../components/list/data-row.tsx'
import { DeletedToggle } from '../../components/list/deleted-toggle.tsx'
import { withoutEmpty } from '../../components/list/list-toolbar.tsx'
import { NameFilter } from '../../components/list/name-filter.tsx'
import { NothingMatches } from '../../components/list/nothing-matches.tsx'
import { RenameButton } from '../../components/list/rename-button.tsx'
import { Crumbs, Page } from '../../components/page.tsx'
import { EmptyPanel, FailurePanel, LoadingRows } from '../../components/panel-states.tsx'
import { useStore } from '../../store/observable.ts'
import { SelectionStore } from '../../store/selection.ts'
import { experimentActions } from './experiment-actions.ts'
import { experimentColumns, LatestMarker } from './experiment-columns.tsx'
import { NewExperiment } from './new-experiment.tsx'
import { useLiveExperiments } from './use-live-experiments.ts'
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
  const client = useQueryClient()
  const { name: wanted = '', stage } = search
  const isDeleted = stage === 'deleted'
  const { data, error, refetch } = useQuery(isDeleted ? deletedExperimentsQuery : experimentsQuery)
  useLiveExperiments()
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was selected of another list is not of this one
  const selection = useMemo(() => new SelectionStore(), [isDeleted, wanted])
  const marked = useStore(selection)
  const refresh = () => client.refetchQueries({ queryKey: experimentsQuery.queryKey })
  const actions = experimentActions(isDeleted, () => void refresh())
  const show = (change: Partial<typeof search>, replace = false) =>
    void navigate({ search: withoutEmpty({ ...search, ...change }), replace })
  const shown = data?.filter(({ name }) => name.toLowerCase().includes(wanted.trim().toLowerCase()))
  const only = marked.size === 1 ? data?.find(({ experimentId }) => marked.has(experimentId)) : undefined
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
      {shown ? (
        <Fragment key={stage}>
          {shown.length > 0 ? (
            <DataList
              label="Experiments"
              items={shown}
              rows={rows}
              columns={experimentColumns}
              chosen={null}
              selection={selection}
            />
          ) : wanted !== '' ? (
            <NothingMatches what="experiment" onClear={() => show({ name: undefined })} />
          ) : (
            <NoExperiments isDeleted={isDeleted} />
          )}
          <BulkBar selection={selection} noun="experiment" actions={actions} findAll={null}>
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
      ) : error ? (
        <FailurePanel error={error} onRetry={() => void refetch()} />
      ) : (
        <LoadingRows />
      )}
    </Page>
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
