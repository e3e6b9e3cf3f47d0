// Installs foreign libraries, so that the tests run them for real: `node conformance/foreign/install.ts [NAME...]`.
// Without names it installs those that are small. What cannot be installed is told, and its tests are skipped.
import { type Environment, install, installed } from './environments.ts'
import { exporterEnvironments, mlflowTypescript, openTelemetryNode, producers } from './producers.ts'

const all = new Map<string, Environment>()
for (const environment of Object.values(exporterEnvironments)) all.set(environment.name, environment)
for (const environment of [openTelemetryNode, mlflowTypescript]) all.set(environment.name, environment)
for (const { environment } of producers) all.set(environment.name, environment)

const small = [
  'opentelemetry-python',
  'opentelemetry-javascript',
  'opentelemetry-java',
  'openai-python',
  'ai-sdk',
  'livekit-python',
  'pipecat',
  'opentelemetry-node',
  'mlflow-typescript',
]

/** Mostly waiting for the network, so two at a time. */
const atOnce = 2

const names = process.argv.slice(2)
const waiting = (names.length > 0 ? names : small).map((name) => {
  const environment = all.get(name)
  if (environment === undefined)
    throw new Error(`There is no ${name}; there are ${[...all.keys()].join(', ')}.`)
  return environment
})

async function installWaiting(): Promise<void> {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const startedMs = Date.now()
    try {
      await install(next)
      console.log(`${next.name}: in ${installed} after ${Math.round((Date.now() - startedMs) / 1000)} s`)
    } catch (error) {
      console.log(`${next.name}: could not be installed: ${error instanceof Error ? error.message : error}`)
    }
  }
}

await Promise.all(Array.from({ length: atOnce }, installWaiting))
