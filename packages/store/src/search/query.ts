import type { TraceOrder } from '@voxtrace/model'

/** One page of a search. */
export interface Page<Item> {
  items: Item[]
  /** What to give as `pageToken` for the next page; null on the last. */
  nextPageToken: string | null
}

export interface PageRequest {
  maxResults: number
  pageToken?: string | null
}

/** Which life-cycle stages to show. */
export type ViewType = 'ACTIVE_ONLY' | 'DELETED_ONLY' | 'ALL'

export interface ExperimentQuery extends PageRequest {
  /** In MLflow's filter language; see `parseFilter`. */
  filter?: string
  orderBy?: string[]
  viewType?: ViewType
}

export interface RunQuery extends PageRequest {
  experimentIds: string[]
  filter?: string
  orderBy?: string[]
  viewType?: ViewType
}

export interface TraceQuery extends PageRequest {
  experimentIds: string[]
  filter?: string
  /** In MLflow's language. */
  orderBy?: string[]
  /** Instead of `orderBy`, an order that an index has. */
  order?: TraceOrder
}
