// Installs foreign libraries, so that the tests run them for real: `node conformance/foreign/install.ts [NAME...]`.
// Without names it installs those that are small. What cannot be installed is told, and its tests are skipped.
import { type Environment, install, installed } from './environments.ts'
import { exporterEnvironments, producers } from './producers.ts'

const all = new Map<string, Environment>()
for (const environment of Object.values(exporterEnvironments)) all.set(environment.name, environment)
for (const { environment } of producers) all.set(environment.name, environment)

const small = [
  'opentelemetry-python',
  'opentelemetry-javascript',
  'opentelemetry-java',
  'openai-python',
  'ai-sdk',
  'livekit-python',
  'pipecat',
]

const names = process.argv.slice(2)
for (const name of names.length > 0 ? names : small) {
  const environment = all.get(name)
  if (environment === undefined)
    throw new Error(`There is no ${name}; there are ${[...all.keys()].join(', ')}.`)
  const startedMs = Date.now()
  try {
    await install(environment)
    console.log(`${name}: in ${installed} after ${Math.round((Date.now() - startedMs) / 1000)} s`)
  } catch (error) {
    console.log(`${name}: could not be installed: ${error instanceof Error ? error.message : error}`)
  }
}
