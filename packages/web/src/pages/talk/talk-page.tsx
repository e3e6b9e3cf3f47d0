import { Crumbs, Page } from '../../components/page.tsx'
export function TalkPage() {
  return (
    <Page
      title="Talk"
      header={
        <Crumbs>
          <b>Talk</b>
        </Crumbs>
      }
    >
      {null}
    </Page>
  )
}
