import { useNavigate } from '@tanstack/react-router'
import { useEffect } from 'react'
import { listenLive } from '../../api/live.ts'
import { connectionStore } from '../../store/connection.ts'

/** Opens the traces of the experiment that the first trace goes to. */
export function useGoWhenTracesArrive(): void {
  const navigate = useNavigate()
  useEffect(
    () =>
      listenLive(
        {},
        {
          onEvent: (event) => {
            if (event.type !== 'trace' || event.change === 'deleted') return
            void navigate({ to: '/experiments/$experimentId', params: { experimentId: event.experimentId } })
          },
          onResume: () => undefined,
          onState: (state) => connectionStore.report(state),
        },
      ),
    [navigate],
  )
}
