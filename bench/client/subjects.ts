import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type ClientOptions, createClient } from '@voxtrace/client'
import { RecordingTracerProvider } from '@voxtrace/client/opentelemetry'
import { z } from 'zod'
import { install, installed } from '../../conformance/foreign/environments.ts'
import { mlflowTypescript } from '../../conformance/foreign/producers.ts'
import { children, inputs, metrics, outputs, type Subject } from './turn.ts'

/** Where the clients of others are installed, and where everything is sent. */
interface Surroundings {
  peers: string
  url: string
  directory: string
}

type Make = (surroundings: Surroundings) => Promise<Subject>

/** Every client that is measured. Those of others are set up as their own guides say, with their own batching. */
export const subjects: Record<string, Make> = {
  'no-op': async () => ({ span() {}, turn() {}, settle: async () => {} }),
  voxtrace: async ({ url }) => voxtrace({ trackingUri: url }),
  'voxtrace, journal': async ({ url, directory }) =>
    voxtrace({ trackingUri: url, spillDirectory: directory, journal: true }),
  'voxtrace, through OpenTelemetry': async ({ url }) => {
    const client = createClient({ trackingUri: url, experimentName: 'bench', handleExit: false })
    const tracer = new RecordingTracerProvider(client).getTracer('bench')
    return openTelemetry(tracer, () => client.flush())
  },
  'OpenTelemetry, protobuf': (surroundings) => sdk(surroundings, 'proto'),
  'OpenTelemetry, JSON': (surroundings) => sdk(surroundings, 'http'),
  'phoenix-otel': async (surroundings) => {
    const { register } = callable.parse(await load(surroundings, '@arizeai/phoenix-otel'))
    const provider = provided.parse(
      register?.({ url: surroundings.url, projectName: 'bench', global: false }),
    )
    return openTelemetry(provider.getTracer('bench'), () => provider.forceFlush())
  },
  "MLflow's SDK": mlflow,
  langfuse,
  langsmith,
  braintrust,
}

const provided = z.custom<MinimalProvider>((value) => typeof value === 'object' && value !== null)
const callable = z.record(z.string(), z.custom<(...args: unknown[]) => unknown>())
const constructors = z.record(z.string(), z.custom<new (...args: unknown[]) => unknown>())

interface MinimalSpan {
  setAttribute(key: string, value: string | number): unknown
  spanContext(): { traceId: string; spanId: string; traceFlags: number }
  end(): void
}
interface MinimalTracer {
  startSpan(name: string, options?: object, context?: never): MinimalSpan
}
interface MinimalProvider {
  getTracer(name: string): MinimalTracer
  forceFlush(): Promise<void>
}

async function load({ peers }: Pick<Surroundings, 'peers'>, name: string): Promise<unknown> {
  return import(pathToFileURL(createRequire(join(peers, 'package.json')).resolve(name)).href)
}

function voxtrace(options: ClientOptions): Subject {
  const client = createClient({ experimentName: 'bench', handleExit: false, ...options })
  const run = client.startRun({ runName: 'bench' })
  return {
    span: () => client.startSpan({ name: 'span', parent: null }).end(),
    turn: (step) => {
      const root = client.startSpan({ name: 'turn', parent: null, inputs })
      for (const name of children) client.startSpan({ name, parent: root, inputs }).end({ outputs })
      root.end({ outputs })
      run.logMetrics(metrics, { step })
    },
    settle: () => client.flush(),
    dropped: () => Object.values(client.stats().dropped).reduce((sum, { spans }) => sum + spans, 0),
  }
}

/** OpenTelemetry's attributes are plain, so that inputs and outputs are JSON text, as every convention has them. */
function openTelemetry(tracer: MinimalTracer, settle: () => Promise<void>): Subject {
  const api = createRequire(import.meta.url)('@opentelemetry/api')
  const record = (span: MinimalSpan) => {
    span.setAttribute('input.value', JSON.stringify(inputs))
    span.setAttribute('output.value', JSON.stringify(outputs))
  }
  return {
    span: () => tracer.startSpan('span').end(),
    turn: () => {
      const root = tracer.startSpan('turn')
      record(root)
      for (const key of Object.keys(metrics)) root.setAttribute(key, metrics[key] ?? 0)
      const below = api.trace.setSpan(api.ROOT_CONTEXT, root)
      for (const name of children) {
        const span = Reflect.apply(tracer.startSpan, tracer, [name, {}, below])
        record(span)
        span.end()
      }
      root.end()
    },
    settle,
  }
}

async function sdk(surroundings: Surroundings, kind: 'proto' | 'http'): Promise<Subject> {
  const { NodeTracerProvider, BatchSpanProcessor } = constructors.parse({
    ...Object(await load(surroundings, '@opentelemetry/sdk-trace-node')),
  })
  const exporters = constructors.parse({
    ...Object(await load(surroundings, `@opentelemetry/exporter-trace-otlp-${kind}`)),
  })
  if (!NodeTracerProvider || !BatchSpanProcessor || !exporters.OTLPTraceExporter) throw new Error('no SDK')
  const exporter = new exporters.OTLPTraceExporter({ url: `${surroundings.url}/v1/traces` })
  const provider = provided.parse(
    new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] }),
  )
  return openTelemetry(provider.getTracer('bench'), () => provider.forceFlush())
}

async function mlflow({ url }: Surroundings): Promise<Subject> {
  await install(mlflowTypescript)
  interface Span {
    setAttributes(attributes: object): void
    end(options?: object): void
  }
  const { init, startSpan, flushTraces } = z
    .object({
      init: z.custom<(options: object) => void>(),
      startSpan: z.custom<(options: object) => Span>(),
      flushTraces: z.custom<() => Promise<void>>(),
    })
    .parse(await load({ peers: join(installed, mlflowTypescript.name) }, '@mlflow/core'))
  init({ trackingUri: url, experimentId: '1' })
  return {
    span: () => startSpan({ name: 'span' }).end(),
    turn: () => {
      const root = startSpan({ name: 'turn', inputs })
      root.setAttributes(metrics)
      for (const name of children) startSpan({ name, parent: root, inputs }).end({ outputs })
      root.end({ outputs })
    },
    settle: () => flushTraces(),
  }
}

async function langfuse(surroundings: Surroundings): Promise<Subject> {
  const { NodeTracerProvider } = constructors.parse({
    ...Object(await load(surroundings, '@opentelemetry/sdk-trace-node')),
  })
  const { LangfuseSpanProcessor } = constructors.parse({
    ...Object(await load(surroundings, '@langfuse/otel')),
  })
  const { setLangfuseTracerProvider, startObservation } = callable.parse({
    ...Object(await load(surroundings, '@langfuse/tracing')),
  })
  if (!NodeTracerProvider || !LangfuseSpanProcessor || !startObservation) throw new Error('no langfuse')
  const processor = new LangfuseSpanProcessor({ baseUrl: surroundings.url, publicKey: 'pk', secretKey: 'sk' })
  const provider = provided.parse(new NodeTracerProvider({ spanProcessors: [processor] }))
  setLangfuseTracerProvider?.(provider)
  const started = z.custom<{
    startObservation(name: string, attributes: object): { update(attributes: object): { end(): void } }
    update(attributes: object): unknown
    end(): void
  }>()
  return {
    span: () => started.parse(startObservation('span', {})).end(),
    turn: () => {
      const root = started.parse(startObservation('turn', { input: inputs }))
      for (const name of children)
        root.startObservation(name, { input: inputs }).update({ output: outputs }).end()
      root.update({ output: outputs, metadata: metrics })
      root.end()
    },
    settle: () => provider.forceFlush(),
  }
}

async function langsmith(surroundings: Surroundings): Promise<Subject> {
  process.env.LANGSMITH_TRACING = 'true'
  const { Client } = constructors.parse({ ...Object(await load(surroundings, 'langsmith')) })
  const { RunTree } = constructors.parse({ ...Object(await load(surroundings, 'langsmith/run_trees')) })
  if (!Client || !RunTree) throw new Error('no langsmith')
  const client = z
    .custom<{ awaitPendingTraceBatches(): Promise<void> }>()
    .parse(new Client({ apiUrl: surroundings.url, apiKey: 'key', autoBatchTracing: true }))
  interface Tree {
    createChild(options: object): Tree
    end(outputs: object): Promise<void>
    postRun(): Promise<void>
    patchRun(): Promise<void>
  }
  const tree = z.custom<Tree>()
  const begin = (options: object) => tree.parse(new RunTree({ client, project_name: 'bench', ...options }))
  const finish = (run: Tree) => {
    void run.end(outputs)
    void run.patchRun()
  }
  return {
    span: () => {
      const run = begin({ name: 'span', run_type: 'chain' })
      void run.postRun()
      void run.end({})
      void run.patchRun()
    },
    turn: () => {
      const root = begin({ name: 'turn', run_type: 'chain', inputs, extra: { metadata: metrics } })
      void root.postRun()
      for (const name of children) {
        const child = root.createChild({ name, run_type: 'llm', inputs })
        void child.postRun()
        finish(child)
      }
      finish(root)
    },
    settle: () => client.awaitPendingTraceBatches(),
  }
}

async function braintrust(surroundings: Surroundings): Promise<Subject> {
  const module = callable.parse({ ...Object(await load(surroundings, 'braintrust')) })
  interface Span {
    startSpan(options: object): Span
    log(event: object): void
    end(): void
  }
  const logger = z.custom<Span & { flush(): Promise<void> }>().parse(
    module.initLogger?.({
      projectName: 'bench',
      projectId: '00000000-0000-4000-8000-000000000000',
      appUrl: surroundings.url,
      apiKey: 'key',
      noExitFlush: true,
    }),
  )
  return {
    span: () => logger.startSpan({ name: 'span' }).end(),
    turn: () => {
      const root = logger.startSpan({ name: 'turn', event: { input: inputs } })
      for (const name of children) {
        const child = root.startSpan({ name, event: { input: inputs } })
        child.log({ output: outputs })
        child.end()
      }
      root.log({ output: outputs, metrics })
      root.end()
    },
    settle: () => logger.flush(),
  }
}
