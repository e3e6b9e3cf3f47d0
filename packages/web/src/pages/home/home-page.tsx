import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Navigate } from '@tanstack/react-router'
import { experimentsQuery, latestTraceQuery } from '../../api/queries.ts'
import { searchRuns } from '../../api/runs.ts'
import { Crumbs, Page } from '../../components/page.tsx'
import { FailurePanel } from '../../components/panel-states.tsx'
import { WelcomePage } from './welcome-page.tsx'

/** More experiments than this are no first run. */
const fewExperiments = 5

/** The experiments; on a server that holds nothing yet, what to do first. */
export function HomePage() {
  const client = useQueryClient()
  const { data, error, refetch } = useQuery({
    queryKey: ['is-first-run'],
    queryFn: async ({ signal }) => {
      const experiments = await client.fetchQuery(experimentsQuery)
      if (experiments.length > fewExperiments) return false
      const held = await Promise.all(
        experiments.map(async ({ experimentId }) => {
          const [trace, { runs }] = await Promise.all([
            client.fetchQuery(latestTraceQuery(experimentId)),
            searchRuns({ experimentId, filter: '', stage: 'ACTIVE_ONLY' }, null, signal),
          ])
          return trace !== null || runs.length > 0
        }),
      )
      return !held.includes(true)
    },
    gcTime: 0,
  })
  if (data === false) return <Navigate to="/experiments" replace />
  if (data === true) return <WelcomePage />
  return (
    <Page
      title=""
      header={
        <Crumbs>
          <b>Voxtrace</b>
        </Crumbs>
      }
    >
      {error && <FailurePanel error={error} onRetry={() => void refetch()} />}
    </Page>
  )
}
