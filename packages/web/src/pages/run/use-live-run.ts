import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { coalesce } from '../../api/coalesce.ts'
import { listenLive } from '../../api/live.ts'
import { connectionStore } from '../../store/connection.ts'

/** Reads a run and its metrics again whenever they change. */
export function useLiveRun(runId: string, experimentId: string | undefined): void {
  const client = useQueryClient()
  useEffect(() => {
    if (experimentId === undefined) return
    const refresh = coalesce(async () => {
      await Promise.all([
        client.refetchQueries({ queryKey: ['run', runId] }),
        client.refetchQueries({ queryKey: ['metric', runId] }),
      ])
    }, 1000)
    const stop = listenLive(
      { experimentId },
      {
        onEvent: (event) => event.type === 'run' && event.runId === runId && refresh.request(),
        onResume: () => refresh.request(),
        onState: (state) => connectionStore.report(state),
      },
    )
    return () => {
      stop()
      refresh.stop()
    }
  }, [client, runId, experimentId])
}
