import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { RequestFailure } from '../api/request.ts'
import { serverAnswersQuery } from '../api/status.ts'
import { Crumbs, Page } from '../components/page.tsx'
import { EmptyPanel, FailurePanel, ToExperiments } from '../components/panel-states.tsx'

export function NotFoundPage() {
  return (
    <Page
      title="Not found"
      header={
        <Crumbs>
          <b>Not found</b>
        </Crumbs>
      }
    >
      <EmptyPanel title="There is no page here" actions={<ToExperiments />}>
        The address may be mistyped, or of another version.
      </EmptyPanel>
    </Page>
  )
}

/** What stands in place of a page that broke, or whose code did not come while the server was away. */
export function PageFailure({ error }: { error: unknown }) {
  const isAway = error instanceof RequestFailure && error.kind === 'offline'
  const { data: answers, refetch } = useQuery({ ...serverAnswersQuery, enabled: isAway })
  useEffect(() => {
    if (isAway && answers === true) location.reload()
  }, [isAway, answers])
  return (
    <Page
      title="Error"
      header={
        <Crumbs>
          <b>Error</b>
        </Crumbs>
      }
    >
      <FailurePanel error={error} onRetry={() => (isAway ? void refetch() : location.reload())} />
    </Page>
  )
}
