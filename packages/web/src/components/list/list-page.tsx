import { Fragment, type ReactNode } from 'react'
import type { BatchesProgress } from '../../api/in-batches.ts'
import type { SeenValues } from '../../facade/filter-fields.ts'
import type { FilterLanguage } from '../../facade/filter-language.ts'
import { useStore } from '../../store/observable.ts'
import { useExperimentName } from '../experiment-name.tsx'
import { ExperimentHeading, Page } from '../page.tsx'
import { FailurePanel, LoadingRows } from '../panel-states.tsx'
import { WhereExperimentExists } from '../where-experiment-exists.tsx'
import type { BulkAction } from './bulk-action.ts'
import { BulkBar } from './bulk-bar.tsx'
import { ColumnMenu } from './column-menu.tsx'
import { type ListColumn, shownColumns, useScreenWidth } from './columns.ts'
import type { ListRows } from './data-row.tsx'
import type { KeptList } from './kept-list.ts'
import type { ListAddress } from './list-address.ts'
import { ListFoot } from './list-foot.tsx'
import { chosenWithOrder, orderText } from './list-order.ts'
import { isRefusal, ListToolbar } from './list-toolbar.tsx'
import { LiveList } from './live-list.tsx'
import { NothingMatches } from './nothing-matches.tsx'
import { SortMenu } from './sort-menu.tsx'
import { WaitHistogram } from './wait-histogram.tsx'
import './list-page.css'

interface ListPageProps<Row> {
  experimentId: string
  /** What is listed, one of it. */
  noun: string
  /** What the list is called. */
  label: string
  list: KeptList<Row>
  rows: ListRows<Row>
  columns: readonly ListColumn<Row>[]
  address: ListAddress
  language: FilterLanguage
  seen?: SeenValues
  actions: readonly BulkAction[]
  /** Finds the ids of everything that is asked for. */
  findAll(progress: BatchesProgress): Promise<string[]>
  /** Whether waits are shown above the list, to choose from. */
  hasWaits?: boolean
  /** What it says when there is nothing, whatever the filter. */
  empty: ReactNode
  header?: ReactNode
  toolbar?: ReactNode
  /** Further ways on with what is selected. */
  onward?: ReactNode
}

/** One of the lists of an experiment: what can be chosen above it, and what can be done to what is selected beneath. */
export function ListPage<Row>(props: ListPageProps<Row>) {
  const { experimentId, noun, label, list, rows, columns, address, hasWaits = false } = props
  const { choice, chosen, ordering, onChoose } = address
  const name = useExperimentName(experimentId)
  const usual = shownColumns(columns, null, useScreenWidth())
  const shown = chosenWithOrder(columns, chosen, usual, ordering.order)
  const { feed, selection } = list
  const { rows: items, nextPageToken, loaded } = useStore(feed.list)
  const { loading, failure } = useStore(feed)
  const { filter = '', last, from, to } = choice
  const isFiltered = filter !== '' || Boolean(last ?? from ?? to)
  return (
    <Page
      title={`${name}, ${label.toLowerCase()}`}
      className="list-page"
      experimentId={experimentId}
      header={
        <>
          <ExperimentHeading experimentId={experimentId} name={name} />
          {props.header}
        </>
      }
    >
      <ListToolbar
        language={props.language}
        {...(props.seen && { seen: props.seen })}
        choice={choice}
        failure={failure}
        onChoose={onChoose}
      >
        {props.toolbar}
        <SortMenu columns={columns} {...ordering} />
        <ColumnMenu
          columns={columns}
          chosen={shown}
          isUsual={chosen === null}
          onChoose={(ids) => onChoose({ columns: ids?.join(',') })}
        />
      </ListToolbar>
      {hasWaits && (
        <WaitHistogram
          experimentId={experimentId}
          range={{ last, from, to }}
          filter={filter}
          onFilter={(next) => onChoose({ filter: next })}
        />
      )}
      <Fragment key={list.asked}>
        {items.length > 0 ? (
          <LiveList
            label={label}
            list={list}
            rows={rows}
            columns={columns}
            chosen={shown}
            ordering={ordering}
          />
        ) : !loaded && loading && !failure ? (
          <LoadingRows count={20} />
        ) : !loaded && filter !== '' && isRefusal(failure) ? (
          <div className="filler" />
        ) : !loaded && failure ? (
          <FailurePanel error={failure} onRetry={() => void feed.load()} />
        ) : (
          <WhereExperimentExists experimentId={experimentId}>
            {isFiltered ? (
              <NothingMatches
                what={noun}
                onClear={() =>
                  onChoose({ filter: undefined, last: undefined, from: undefined, to: undefined })
                }
              />
            ) : (
              props.empty
            )}
          </WhereExperimentExists>
        )}
        {items.length > 0 && failure !== null && (
          <p className="list-failure" role="alert">
            {failure instanceof Error ? failure.message : String(failure)}
            <button type="button" className="button" onClick={() => void feed.retry()}>
              Try again
            </button>
          </p>
        )}
        <BulkBar
          selection={selection}
          noun={noun}
          actions={props.actions}
          loaded={items.map(rows.keyOf)}
          findAll={nextPageToken === null ? null : props.findAll}
          idle={
            items.length > 0 && (
              <ListFoot
                count={items.length}
                hasMore={nextPageToken !== null}
                noun={noun}
                order={orderText(columns, ordering)}
              />
            )
          }
        >
          {props.onward}
        </BulkBar>
      </Fragment>
    </Page>
  )
}
