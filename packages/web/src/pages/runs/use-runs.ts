import { type InfiniteData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { coalesce } from '../../api/coalesce.ts'
import { listenLive } from '../../api/live.ts'
import { type RunPage, searchRuns } from '../../api/runs.ts'
import { connectionStore } from '../../store/connection.ts'

/** The runs of an experiment that a filter asks for, newest first, kept fresh while the page is open. */
export function useRuns(experimentId: string, filter: string) {
  const client = useQueryClient()
  const query = useInfiniteQuery<RunPage, Error, InfiniteData<RunPage>, string[], string | null>({
    queryKey: ['runs', experimentId, filter],
    queryFn: ({ pageParam, signal }) => searchRuns(experimentId, filter, pageParam, signal),
    placeholderData: (shown, query) => (query?.queryKey[1] === experimentId ? shown : undefined),
    initialPageParam: null,
    getNextPageParam: (page) => page.nextPageToken,
  })
  useEffect(() => {
    const refresh = coalesce(() => client.refetchQueries({ queryKey: ['runs', experimentId] }), 1000)
    const stop = listenLive(
      { experimentId },
      {
        onEvent: (event) => event.type === 'run' && refresh.request(),
        onResume: () => refresh.request(),
        onState: (state) => connectionStore.report(state),
      },
    )
    return () => {
      stop()
      refresh.stop()
    }
  }, [client, experimentId])
  return query
}
