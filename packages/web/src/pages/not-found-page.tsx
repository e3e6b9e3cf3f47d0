import { RequestFailure, serverAnswers } from '../api/request.ts'
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
  return (
    <Page
      title="Error"
      header={
        <Crumbs>
          <b>Error</b>
        </Crumbs>
      }
    >
      <FailurePanel error={error} onRetry={() => void reload(error)} />
    </Page>
  )
}

/** Not while the server is away: nothing of the app would come. */
async function reload(error: unknown): Promise<void> {
  const isAway = error instanceof RequestFailure && error.kind === 'offline'
  if (!isAway || (await serverAnswers(new AbortController().signal))) location.reload()
}
