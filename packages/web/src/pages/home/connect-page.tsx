import { Link } from '@tanstack/react-router'
import { CrumbSeparator, Crumbs, Page } from '../../components/page.tsx'
import { ClientChoice } from './client-choice.tsx'
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
          Any MLflow client and any OpenTelemetry exporter over HTTP will do. Traces come to the experiment
          that is named, here <code>my-agent</code>, which is made with the first.
        </p>
        <ClientChoice />
        <section className="already">
          <h2>Already traced?</h2>
          <p className="dim">
            Variables are enough where no address stands in the code; <code>OTEL_SERVICE_NAME</code> names the
            experiment.
          </p>
          <Endpoints />
        </section>
        <section>
          <h2 className="heading">This server</h2>
          <ServerStatus />
        </section>
      </div>
    </Page>
  )
}
