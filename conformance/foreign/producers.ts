import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { commandOf, type Environment } from './environments.ts'

/** A program that uses a foreign library as its own manual says, and exports what the library records. */
export interface Producer {
  /** Also the name of its fixture. */
  name: string
  /** What people call the library. */
  client: string
  /** The library's package. */
  package: string
  environment: Environment
  script: string
  /** Whether it holds the call of `call.json`. */
  holdsCall: boolean
}

const pipecat: Environment = { name: 'pipecat', language: 'python', folder: 'pipecat' }
const livekit: Environment = { name: 'livekit-python', language: 'python', folder: 'livekit-python' }
const livekit16: Environment = {
  name: 'livekit-python-1.6',
  language: 'python',
  folder: 'livekit-python',
  manifest: 'requirements-1.6.txt',
}
const livekitNode: Environment = { name: 'livekit-node', language: 'node', folder: 'livekit-node' }
const openai: Environment = { name: 'openai-python', language: 'python', folder: 'openai-python' }
const traceloop: Environment = { name: 'traceloop-python', language: 'python', folder: 'traceloop-python' }
const traceloop040: Environment = {
  name: 'traceloop-python-0.40',
  language: 'python',
  folder: 'traceloop-python',
  manifest: 'requirements-0.40.txt',
}
const mlflow: Environment = { name: 'mlflow-python', language: 'python', folder: 'mlflow-python' }
const aiSdk: Environment = { name: 'ai-sdk', language: 'node', folder: 'ai-sdk' }
export const aiSdk6: Environment = {
  name: 'ai-sdk-6',
  language: 'node',
  folder: 'ai-sdk',
  manifest: 'package-6.json',
}

/** OpenTelemetry's own SDKs and exporters, by language. */
export const exporterEnvironments = {
  javascript: { name: 'opentelemetry-javascript', language: 'node', folder: 'opentelemetry-javascript' },
  python: { name: 'opentelemetry-python', language: 'python', folder: 'opentelemetry-python' },
  java: { name: 'opentelemetry-java', language: 'java', folder: 'opentelemetry-java' },
} satisfies Record<string, Environment>

/** OpenTelemetry's SDK for Node with an instrumentation, which an application has beside our client. */
export const openTelemetryNode: Environment = {
  name: 'opentelemetry-node',
  language: 'node',
  folder: 'opentelemetry-node',
}

/** MLflow's TypeScript SDK, whose place our client takes. */
export const mlflowTypescript: Environment = {
  name: 'mlflow-typescript',
  language: 'node',
  folder: 'mlflow-typescript',
}

export const producers: readonly Producer[] = [
  {
    name: 'pipecat',
    client: 'Pipecat',
    package: 'pipecat-ai',
    environment: pipecat,
    script: 'call.py',
    holdsCall: true,
  },
  {
    name: 'livekit-python',
    client: 'LiveKit Agents (Python)',
    package: 'livekit-agents',
    environment: livekit,
    script: 'call.py',
    holdsCall: true,
  },
  {
    name: 'livekit-python-1.6',
    client: 'LiveKit Agents (Python)',
    package: 'livekit-agents',
    environment: livekit16,
    script: 'call.py',
    holdsCall: true,
  },
  {
    name: 'livekit-node',
    client: 'LiveKit Agents (JavaScript)',
    package: '@livekit/agents',
    environment: livekitNode,
    script: 'call.mjs',
    holdsCall: true,
  },
  {
    name: 'openinference-openai',
    client: 'OpenInference, OpenAI',
    package: 'openinference-instrumentation-openai',
    environment: openai,
    script: 'with_openinference.py',
    holdsCall: false,
  },
  {
    name: 'traceloop-openai',
    client: 'Traceloop, OpenAI',
    package: 'traceloop-sdk',
    environment: traceloop,
    script: 'with_traceloop.py',
    holdsCall: false,
  },
  {
    name: 'opentelemetry-openai',
    client: 'OpenTelemetry, OpenAI',
    package: 'opentelemetry-instrumentation-openai-v2',
    environment: openai,
    script: 'with_semantic_conventions.py',
    holdsCall: false,
  },
  {
    name: 'traceloop-openai-0.40',
    client: 'Traceloop, OpenAI',
    package: 'traceloop-sdk',
    environment: traceloop040,
    script: 'with_traceloop.py',
    holdsCall: false,
  },
  {
    name: 'mlflow-openai',
    client: 'MLflow, OpenAI, through OTLP',
    package: 'mlflow',
    environment: mlflow,
    script: 'with_autolog.py',
    holdsCall: false,
  },
  {
    name: 'ai-sdk',
    client: 'AI SDK',
    package: 'ai',
    environment: aiSdk,
    script: 'with-conventions.mjs',
    holdsCall: false,
  },
  {
    name: 'ai-sdk-legacy',
    client: 'AI SDK, legacy telemetry',
    package: 'ai',
    environment: aiSdk,
    script: 'with-legacy.mjs',
    holdsCall: false,
  },
  {
    name: 'ai-sdk-6',
    client: 'AI SDK',
    package: 'ai',
    environment: aiSdk6,
    script: 'with-experimental.mjs',
    holdsCall: false,
  },
]

/** Where a producer finds what it needs. */
export interface Surroundings {
  /** Where it exports to: the base of an OTLP endpoint. */
  otlpEndpoint: string
  /** The base of an OpenAI-compatible endpoint. */
  openAiBaseUrl: string
}

const longestRunMs = 180_000

/**
 * Runs a script of an environment to its end, with settings beside the environment's own variables. Gives what it
 * printed. Throws with what it wrote of its errors when it fails.
 */
export async function runScript(
  environment: Environment,
  script: string,
  settings: Record<string, string>,
): Promise<string> {
  const command = await commandOf(environment, script)
  const child = spawn(command.program, command.arguments, {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: longestRunMs,
    env: { ...process.env, ...settings },
  })
  const [printed, errors, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve, reject) => child.once('exit', resolve).once('error', reject)),
  ])
  if (code !== 0)
    throw new Error(`${script} of ${environment.name} ended with ${code}:\n${printed}\n${errors}`)
  return printed + errors
}

/** What every program needs to run, wherever it exports to. */
export const programSettings = {
  OPENAI_API_KEY: 'none',
  // Python's scripts share the program that several libraries watch.
  PYTHONPATH: join(import.meta.dirname, 'openai-python'),
  VOXTRACE_CALL: join(import.meta.dirname, 'call.json'),
}

/** Runs a producer to its end, as `runScript` does. */
export function produce(producer: Producer, surroundings: Surroundings): Promise<string> {
  return runScript(producer.environment, producer.script, {
    OTEL_EXPORTER_OTLP_ENDPOINT: surroundings.otlpEndpoint,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${surroundings.otlpEndpoint}/v1/traces`,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
    OTEL_SERVICE_NAME: producer.name,
    OPENAI_BASE_URL: surroundings.openAiBaseUrl,
    ...programSettings,
  })
}
