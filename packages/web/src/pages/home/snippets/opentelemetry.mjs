import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node'

const exporter = new OTLPTraceExporter({ url: 'http://127.0.0.1:5000/v1/traces' })
const provider = new NodeTracerProvider({
  resource: resourceFromAttributes({ 'service.name': 'my-agent' }),
  spanProcessors: [new BatchSpanProcessor(exporter)],
})
provider.register()

provider.getTracer('my-agent').startSpan('answer').end()
await provider.shutdown()
