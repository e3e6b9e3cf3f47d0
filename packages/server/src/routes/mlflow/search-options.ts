/** The part of a search that every entity has, from MLflow's names to the store's. */
export function searchOptions(search: {
  filter: string | undefined
  order_by: string[]
  max_results: number
  page_token: string | undefined
}) {
  return {
    maxResults: search.max_results,
    orderBy: search.order_by,
    pageToken: search.page_token ?? null,
    ...(search.filter === undefined ? {} : { filter: search.filter }),
  }
}
