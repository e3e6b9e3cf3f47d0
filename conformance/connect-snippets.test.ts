import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startTrackingServer, type TrackingServer } from '@voxtrace/server/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { installed, isInstalled } from './foreign/environments.ts'
import { type OpenAiStub, startOpenAiStub } from './foreign/openai-stub.ts'
import { exporterEnvironments, producers } from './foreign/producers.ts'

const root = join(import.meta.dirname, '..')
// `npm test` packs it before it runs the tests.
const clientPackage = join(root, 'packages/cli/dist/voxtrace-client.tgz')
const snippets = join(root, 'packages/web/src/pages/home/snippets')
const run = promisify(execFile)
const mlflowPython = process.env.VOXTRACE_PYTHON

/** A program that the page "Send traces" shows, and what runs it. */
interface Program {
  file: string
  /** Why it cannot run here; null where it can. */
  missing: string | null
  command: string[]
  /** What an agent does next, where the program alone records nothing. */
  after?: string
  /** The folder whose modules it imports. */
  modules?: string
  /** What it installs from the server, as the page says. */
  installs?: string
}

const programs: Program[] = [
  {
    file: 'voxtrace-client.mjs',
    missing: null,
    command: [process.execPath],
    installs: 'voxtrace-client.tgz',
  },
  {
    file: 'mlflow.py',
    missing: mlflowPython === undefined ? 'VOXTRACE_PYTHON' : null,
    command: [mlflowPython ?? ''],
  },
  foreign(
    'pipecat',
    'pipecat.py',
    'from opentelemetry import trace\n\ntrace.get_tracer("agent").start_span("turn").end()',
  ),
  foreign(
    'livekit-python',
    'livekit.py',
    'from livekit.agents.telemetry import tracer\n\ntracer.start_span("agent_session").end()',
  ),
  foreign(
    'openai-python',
    'openinference.py',
    'import openai\n\nopenai.OpenAI().chat.completions.create(model="m", messages=[{"role": "user", "content": "Hello"}])',
  ),
  foreign('opentelemetry-python', 'opentelemetry.py'),
  foreign('opentelemetry-javascript', 'opentelemetry.mjs'),
]

function foreign(name: string, file: string, after?: string): Program {
  const environments = [
    ...producers.map(({ environment }) => environment),
    ...Object.values(exporterEnvironments),
  ]
  const environment = environments.find((known) => known.name === name)
  const isHere = environment !== undefined && isInstalled(environment)
  return {
    file,
    missing: isHere ? null : `the environment ${name} of conformance/foreign`,
    ...(file.endsWith('.py')
      ? { command: [join(installed, name, 'bin/python')] }
      : { command: [process.execPath], modules: join(installed, name, 'node_modules') }),
    ...(after !== undefined && { after }),
  }
}

let server: TrackingServer
let openAi: OpenAiStub
let directory: string

beforeAll(async () => {
  server = await startTrackingServer({ clientPackage })
  openAi = await startOpenAiStub()
  directory = await mkdtemp(join(tmpdir(), 'voxtrace-snippets-'))
})

afterAll(async () => {
  await openAi.close()
  await server.stop()
  await rm(directory, { recursive: true, force: true })
})

const tracesAnswer = z.object({ traces: z.array(z.object({ spanCount: z.number() })) })
const experimentAnswer = z.object({ experiment: z.object({ experiment_id: z.string() }) })

async function tracesOf(experiment: string) {
  const named = await fetch(
    `${server.url}/api/2.0/mlflow/experiments/get-by-name?experiment_name=${experiment}`,
  )
  const { experiment_id } = experimentAnswer.parse(await named.json()).experiment
  const listed = await fetch(`${server.url}/api/voxtrace/traces?experiment_id=${experiment_id}`)
  return tracesAnswer.parse(await listed.json()).traces
}

it('shows no program that is not run here', async () => {
  expect((await readdir(snippets)).sort()).toEqual(programs.map(({ file }) => file).sort())
})

for (const { file, missing, command, after = '', modules, installs } of programs) {
  it.skipIf(missing !== null).concurrent(
    `${file} sends a trace${missing === null ? '' : ` (needs ${missing})`}`,
    async () => {
      const experiment = `sent-by-${file.replaceAll('.', '-')}`
      const home = await mkdtemp(join(directory, 'program-'))
      if (modules !== undefined) await symlink(modules, join(home, 'node_modules'), 'junction')
      if (installs !== undefined) {
        const quietly = ['--prefer-offline', '--no-audit', '--no-fund', '--silent']
        await run('npm', ['install', ...quietly, `${server.url}/${installs}`], { cwd: home })
      }
      const text = await readFile(join(snippets, file), 'utf8')
      expect(text).toContain('http://127.0.0.1:5000')
      expect(text).toContain('my-agent')
      const written = text.replaceAll('http://127.0.0.1:5000', server.url).replaceAll('my-agent', experiment)
      // A name of its own, since a program must not stand in the way of the library it imports.
      const program = join(home, `program${file.slice(file.lastIndexOf('.'))}`)
      await writeFile(program, `${written}\n${after}\n`)
      const [name = '', ...args] = [...command, program]
      const env = { ...process.env, OPENAI_BASE_URL: openAi.baseUrl, OPENAI_API_KEY: 'none' }
      await run(name, args, { cwd: home, env })
      const traces = await tracesOf(experiment)
      expect(traces.length).toBe(1)
      expect(traces[0]?.spanCount).toBeGreaterThan(0)
    },
  )
}
