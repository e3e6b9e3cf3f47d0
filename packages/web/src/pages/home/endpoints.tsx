import { Snippet } from './snippet.tsx'

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
