// Records one trace with everything a span can carry and one span with an id that nobody may have, and exports them as
// the environment says. What the exporter warns of is printed.
import { context, DiagLogLevel, diag, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { defaultResource, detectResources, envDetector } from '@opentelemetry/resources'
import { BatchSpanProcessor, NodeTracerProvider, RandomIdGenerator } from '@opentelemetry/sdk-trace-node'

diag.setLogger({ ...console, verbose: () => {}, debug: () => {}, info: () => {} }, DiagLogLevel.WARN)
const isJson = process.env.OTEL_EXPORTER_OTLP_PROTOCOL === 'http/json'
const exporter = isJson ? new JsonExporter() : new ProtobufExporter()
const ids = new RandomIdGenerator()
let malformed = false
const provider = new NodeTracerProvider({
  spanProcessors: [new BatchSpanProcessor(exporter)],
  resource: defaultResource().merge(detectResources({ detectors: [envDetector] })),
  idGenerator: {
    generateTraceId: () => ids.generateTraceId(),
    generateSpanId: () => (malformed ? '0'.repeat(16) : ids.generateSpanId()),
  },
})
provider.register()
const tracer = provider.getTracer('exporter', '1.2.3')

const root = tracer.startSpan('request', { kind: SpanKind.SERVER })
context.with(trace.setSpan(context.active(), root), () => {
  const chat = tracer.startSpan('chat small-model', { links: [{ context: root.spanContext() }] })
  chat.setAttributes({
    'gen_ai.operation.name': 'chat',
    'gen_ai.request.model': 'small-model',
    'gen_ai.usage.input_tokens': 7,
    'gen_ai.usage.output_tokens': 5,
    score: 0.5,
    streamed: true,
    stops: ['a', 'ü'],
  })
  chat.addEvent('token', { index: 1 })
  chat.addEvent('token', { index: 1 })
  chat.setStatus({ code: SpanStatusCode.ERROR, message: 'cut off' })
  chat.end()
  malformed = true
  tracer.startSpan('malformed').end()
})
root.end()
await provider.shutdown()
console.log(`tr-${root.spanContext().traceId}`)
