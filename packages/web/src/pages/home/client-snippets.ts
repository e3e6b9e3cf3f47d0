import livekit from './snippets/livekit.py?raw'
import mlflow from './snippets/mlflow.py?raw'
import openinference from './snippets/openinference.py?raw'
import opentelemetryJavaScript from './snippets/opentelemetry.mjs?raw'
import opentelemetryPython from './snippets/opentelemetry.py?raw'
import pipecat from './snippets/pipecat.py?raw'
import voxtraceClient from './snippets/voxtrace-client.mjs?raw'

/** How one client is told of a server. */
export interface ClientSnippet {
  client: string
  install: string
  program: string
}

/** The address of a server in what follows and in the programs of `snippets/`, which are run against a real one by a test. */
const writtenAddress = 'http://127.0.0.1:5000'

const otlp = 'opentelemetry-sdk opentelemetry-exporter-otlp-proto-http'

const snippets: readonly ClientSnippet[] = [
  {
    client: 'Voxtrace, TypeScript',
    install: `npm install ${writtenAddress}/voxtrace-client.tgz`,
    program: voxtraceClient,
  },
  { client: 'MLflow, Python', install: 'pip install mlflow', program: mlflow },
  {
    client: 'Pipecat',
    install: 'pip install "pipecat-ai[tracing]" opentelemetry-exporter-otlp-proto-http',
    program: pipecat,
  },
  { client: 'LiveKit Agents', install: `pip install livekit-agents ${otlp}`, program: livekit },
  {
    client: 'OpenInference',
    install: `pip install openinference-instrumentation-openai ${otlp}`,
    program: openinference,
  },
  { client: 'OpenTelemetry, Python', install: `pip install ${otlp}`, program: opentelemetryPython },
  {
    client: 'OpenTelemetry, JavaScript',
    install:
      'npm install @opentelemetry/sdk-trace-node @opentelemetry/resources @opentelemetry/exporter-trace-otlp-proto',
    program: opentelemetryJavaScript,
  },
]

/** What each client needs to send its traces to the server at an address. */
export function clientSnippets(address: string): ClientSnippet[] {
  const addressed = (text: string) => text.replaceAll(writtenAddress, address).trimEnd()
  return snippets.map(({ client, install, program }) => ({
    client,
    install: addressed(install),
    program: addressed(program),
  }))
}
