import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { MisbehavingServer } from '../packages/client/src/testing/misbehaving-server.ts'

const root = join(import.meta.dirname, '..')
const run = promisify(execFile)

let server: MisbehavingServer
let directory: string

beforeAll(async () => {
  server = await new MisbehavingServer().start()
  directory = await mkdtemp(join(tmpdir(), 'voxtrace-docs-'))
  await symlink(join(root, 'node_modules'), join(directory, 'node_modules'), 'junction')
})

afterAll(async () => {
  await server.stop()
  await rm(directory, { recursive: true, force: true })
})

/** What the pages leave to their reader. */
const reader = `
const question = 'What is it?'
const sessionId = 'session-1'
const companySecret = 'sesame'
const messages = [{ role: 'user', content: question }]
const response = 'It is this.'
const speechStartedNs = BigInt(Date.now() - 2000) * 1_000_000n
const speechEndedNs = speechStartedNs + 900_000_000n
const retrieve = async (text: string) => [text]
const generate = async (text: string, documents: string[]) => ({ text, documents })
`

/** Runs all TypeScript of a page as one program, block by block, against the server. */
async function runPage(page: string): Promise<void> {
  const text = await readFile(join(root, 'docs', page), 'utf8')
  const blocks = [...text.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code = '']) => code)
  expect(blocks.length).toBeGreaterThan(1)
  const modules = new Set(['@voxtrace/client'])
  const bodies = blocks.map((code) =>
    code.replace(/^import .* from '(.*)'\n/gm, (_, module: string) => {
      modules.add(module)
      return ''
    }),
  )
  const names = await Promise.all([...modules].map((module) => namesOf(module)))
  const program = [
    ...[...modules].map((module, index) => `import { ${names[index]?.join(', ')} } from '${module}'`),
    reader,
    ...bodies.map((code) => `{\n${code.replaceAll('http://localhost:5000', server.uri)}\n}`),
    'await flushTraces()',
  ].join('\n')
  const file = join(directory, `${page.replaceAll('/', '-')}.ts`)
  await writeFile(file, program)
  await run(process.execPath, ['--conditions=@voxtrace/source', file], {
    env: { ...process.env, MLFLOW_TRACKING_URI: server.uri },
  })
}

async function namesOf(module: string): Promise<string[]> {
  return Object.keys(await import(module))
}

const spansNamed = (name: string) => [...server.spans.values()].filter((span) => span.name === name)

it('the guide to tracing an agent does what it says, line by line', async () => {
  await runPage('guide/tracing-your-own-agent.md')
  for (const name of ['rag_retrieval', 'conversation', 'user_speech', 'llm_generation']) {
    expect(spansNamed(name)).toHaveLength(1)
  }
  const [spoken] = spansNamed('user_speech')
  expect(spansNamed('turn')).toHaveLength(2)
  expect(Number((spoken?.endTimeUnixNano ?? 0n) - (spoken?.startTimeUnixNano ?? 0n))).toBe(900_000_000)
})

it('the reference of the client does what it says, line by line', async () => {
  await runPage('reference/client.md')
  const named = [...server.runs.values()].filter(({ tags }) => tags.get('team') === 'support')
  expect(named).toMatchObject([{ status: 'FINISHED' }])
  expect(named[0]?.metrics.size).toBe(3)
  expect(Object.fromEntries(named[0]?.params ?? [])).toEqual({ 'stt.model': 'moonshine-tiny' })
})
