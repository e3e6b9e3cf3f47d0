import { type InfiniteData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import type { LiveEvent } from '@voxtrace/protocol'
import { useEffect } from 'react'
import { coalesce } from '../../api/coalesce.ts'
import { listenLive } from '../../api/live.ts'
import { connectionStore } from '../../store/connection.ts'

interface PagesOf<Page> {
  /** What is listed, with what it is asked for. */
  list: string
  experimentId: string
  asked: readonly string[]
  /** Live events of these say that the list may have changed. */
  changedBy: readonly LiveEvent['type'][]
  read(pageToken: string | null, signal: AbortSignal): Promise<Page>
}

/** A list of an experiment that comes in pages, kept fresh while the page is open. */
export function useLivePages<Page extends { nextPageToken: string | null }>(of: PagesOf<Page>) {
  const { list, experimentId, asked, changedBy, read } = of
  const client = useQueryClient()
  const changing = changedBy.join()
  useEffect(() => {
    const refresh = coalesce(() => client.refetchQueries({ queryKey: [list, experimentId] }), 1000)
    const types = changing.split(',')
    const stop = listenLive(
      { experimentId },
      {
        onEvent: ({ type }) => types.includes(type) && refresh.request(),
        onResume: () => refresh.request(),
        onState: (state) => connectionStore.report(state),
      },
    )
    return () => {
      stop()
      refresh.stop()
    }
  }, [client, list, experimentId, changing])
  return useInfiniteQuery<Page, Error, InfiniteData<Page>, string[], string | null>({
    queryKey: [list, experimentId, ...asked],
    queryFn: ({ pageParam, signal }) => read(pageParam, signal),
    placeholderData: (shown, query) => (query?.queryKey[1] === experimentId ? shown : undefined),
    initialPageParam: null,
    getNextPageParam: (page) => page.nextPageToken,
  })
}
