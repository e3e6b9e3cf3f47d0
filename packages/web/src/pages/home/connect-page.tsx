import { Link } from '@tanstack/react-router'
import { CrumbSeparator, Crumbs, Page } from '../../components/page.tsx'
import { Endpoints } from './endpoints.tsx'
import { ServerStatus } from './server-status.tsx'
import './home.css'

/** Where clients send their traces, and how this server does. */
export function ConnectPage() {
  return (
    <Page
      title="Send traces"
      header={
        <Crumbs>
          <Link to="/experiments">Experiments</Link>
          <CrumbSeparator />
          <b>Send traces</b>
        </Crumbs>
      }
    >
      <div className="connect">
        <h1>Send traces from your agent</h1>
        <p className="lead">
          Any MLflow client and any OpenTelemetry exporter will do. Traces appear the moment their first span
          starts.
        </p>
        <Endpoints />
        <section>
          <h2 className="heading">This server</h2>
          <ServerStatus />
        </section>
      </div>
    </Page>
  )
}
