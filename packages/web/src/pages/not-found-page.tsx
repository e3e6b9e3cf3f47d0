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

/** What stands in place of a page that broke. */
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
      <FailurePanel error={error} onRetry={() => location.reload()} />
    </Page>
  )
}
