import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { coalesce } from '../../api/coalesce.ts'
import { listenLive } from '../../api/live.ts'
import { experimentsQuery } from '../../api/queries.ts'
import { connectionStore } from '../../store/connection.ts'

/** Keeps the list of experiments and their latest traces fresh while it is open. */
export function useLiveExperiments(): void {
  const client = useQueryClient()
  useEffect(() => {
    const changed = new Set<string>()
    const refresh = coalesce(async () => {
      const ids = [...changed]
      changed.clear()
      await Promise.all([
        client.refetchQueries({ queryKey: experimentsQuery.queryKey }),
        ...ids.map((id) => client.refetchQueries({ queryKey: ['latest-trace', id] })),
      ])
    }, 1000)
    const stop = listenLive(
      {},
      {
        onEvent: (event) => {
          if (event.type === 'run' || event.type === 'figures') return
          changed.add(event.experimentId)
          refresh.request()
        },
        onResume: () => void client.refetchQueries(),
        onState: (state) => connectionStore.report(state),
      },
    )
    return () => {
      stop()
      refresh.stop()
    }
  }, [client])
}
