import { CopyButton } from '../../components/copy-button.tsx'

/** What to set so that a client finds this server. */
export function Endpoints() {
  const { origin } = location
  return (
    <div className="endpoints">
      <Snippet title="MLflow, any language" text={`export MLFLOW_TRACKING_URI=${origin}`} />
      <Snippet
        title="OpenTelemetry, Pipecat, LiveKit"
        text={`export OTEL_EXPORTER_OTLP_ENDPOINT=${origin}\nexport OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`}
      />
    </div>
  )
}

function Snippet({ title, text }: { title: string; text: string }) {
  return (
    <section>
      <h2 className="heading">{title}</h2>
      <div className="snippet">
        <pre>{text}</pre>
        <CopyButton text={text} label="Copy" />
      </div>
    </section>
  )
}
