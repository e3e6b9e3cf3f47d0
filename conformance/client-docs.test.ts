import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { MisbehavingServer } from '../packages/client/src/testing/misbehaving-server.ts'
import { installClient } from './client/installed.ts'
import { type Environment, installed, isInstalled } from './foreign/environments.ts'
import { type OpenAiStub, startOpenAiStub } from './foreign/openai-stub.ts'
import { aiSdk6, openTelemetryNode } from './foreign/producers.ts'

const root = join(import.meta.dirname, '..')
const run = promisify(execFile)

let server: MisbehavingServer
let openAi: OpenAiStub
let directory: string

beforeAll(async () => {
  server = await new MisbehavingServer().start()
  openAi = await startOpenAiStub()
  directory = await mkdtemp(join(tmpdir(), 'voxtrace-docs-'))
  await symlink(join(root, 'node_modules'), join(directory, 'node_modules'), 'junction')
})

beforeEach(() => server.forget())

afterAll(async () => {
  await server.stop()
  await openAi.close()
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

/** What makes a program of a page's blocks. */
interface Program {
  page: string
  /** Which blocks are in it, counted from 0. Default: all. */
  blocks?: readonly number[]
  /** What the reader has before. */
  before?: string
  /** What the reader does next, in the last block. */
  after?: string
  /** Foreign libraries that are not the repository's own. Then the client is the built one. */
  environment?: Environment
}

/** Runs TypeScript of a page as one program, block by block, against the server. */
async function runPage({ page, blocks, before = reader, after = '', environment }: Program): Promise<void> {
  const text = await readFile(join(root, 'docs', page), 'utf8')
  const found = [...text.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code = '']) => code)
  const chosen = blocks === undefined ? found : blocks.map((index) => found[index] ?? '')
  expect(chosen.join('')).not.toBe('')
  const ours = new Set(['@voxtrace/client'])
  const theirs = new Set<string>()
  const withoutImports = (code: string) =>
    code.replace(/^import .* from '(.*)'\n/gm, (line, module: string) => {
      if (module.startsWith('@voxtrace/')) ours.add(module)
      else theirs.add(line)
      return ''
    })
  const steps = chosen.with(-1, `${chosen.at(-1)}\n${after}`).map(withoutImports)
  // Later blocks of a page use what earlier ones imported, so that all of ours is there for all of them.
  const names = await Promise.all([...ours].map(async (module) => Object.keys(await import(module))))
  const program = [
    ...[...ours].map((module, index) => `import { ${names[index]?.join(', ')} } from '${module}'`),
    ...theirs,
    before,
    ...steps.map((code) => `{\n${code}\n}`),
    'await flushTraces()',
  ].join('\n')
  const home = environment === undefined ? directory : await homeWith(environment)
  const file = join(home, `${page.replaceAll('/', '-')}.ts`)
  await writeFile(file, program.replace(/http:\/\/(?:localhost:5000|collector:4318)/g, server.uri))
  const conditions = environment === undefined ? ['--conditions=@voxtrace/source'] : []
  await run(process.execPath, [...conditions, file], {
    env: {
      ...process.env,
      MLFLOW_TRACKING_URI: server.uri,
      OPENAI_BASE_URL: openAi.baseUrl,
      OPENAI_API_KEY: 'stub',
    },
  })
}

/** A folder in which an environment's libraries are installed beside the built client, as npm would install them. */
async function homeWith({ name }: Environment): Promise<string> {
  const home = join(directory, name)
  const modules = join(home, 'node_modules')
  if (existsSync(modules)) return home
  await mkdir(join(modules, '@voxtrace'), { recursive: true })
  const theirs = join(installed, name, 'node_modules')
  for (const entry of await readdir(theirs)) {
    if (entry !== '@voxtrace') await symlink(join(theirs, entry), join(modules, entry), 'junction')
  }
  await installClient(modules)
  return home
}

const spansNamed = (name: string) => [...server.spans.values()].filter((span) => span.name === name)

it('the guide to tracing an agent does what it says, line by line', async () => {
  await runPage({ page: 'guide/tracing-your-own-agent.md' })
  for (const name of ['rag_retrieval', 'conversation', 'user_speech', 'llm_generation']) {
    expect(spansNamed(name)).toHaveLength(1)
  }
  const [spoken] = spansNamed('user_speech')
  expect(spansNamed('turn')).toHaveLength(2)
  expect(Number((spoken?.endTimeUnixNano ?? 0n) - (spoken?.startTimeUnixNano ?? 0n))).toBe(900_000_000)
})

it('the reference of the client does what it says, line by line', async () => {
  await runPage({ page: 'reference/client.md' })
  const named = [...server.runs.values()].filter(({ tags }) => tags.get('team') === 'support')
  expect(named).toMatchObject([{ status: 'FINISHED' }])
  expect(named[0]?.metrics.size).toBe(3)
  expect(Object.fromEntries(named[0]?.params ?? [])).toEqual({ 'stt.model': 'moonshine-tiny' })
})

it('the reference of recordings does what it says of TypeScript', async () => {
  await runPage({
    page: 'reference/recordings.md',
    before: `
      const span = startSpan({ name: 'conversation' })
      const { traceId } = span
      span.end()
      const startedAtMs = Date.now()
      const page = new Uint8Array(100)
    `,
    after: `if (lostBytes > 0 || problem !== null) throw new Error(String(problem))`,
  })
  const traceId = spansNamed('conversation')[0]?.traceId
  const sent = server.received.filter(({ path }) => path.includes('/recordings'))
  expect(sent.length).toBeGreaterThan(0)
  for (const { path } of sent) expect(path).toContain(`traces/tr-${traceId}/recordings`)
})

it('the guide to the OpenAI SDK does what it says', async () => {
  await runPage({
    page: 'guide/trace-openai.md',
    after: `
      const messages = [{ role: 'user' as const, content: question }]
      await openai.chat.completions.create({ model: 'small-model', messages })
      const stream_options = { include_usage: true }
      const stream = await openai.chat.completions.create({ model: 'small-model', messages, stream: true, stream_options })
      for await (const _ of stream);
    `,
  })
  const calls = spansNamed('chat.completions.create')
  expect(calls).toHaveLength(2)
  for (const { attributes } of calls) {
    expect(attributes['mlflow.spanInputs']).toContain('What is it?')
    expect(attributes).toMatchObject({ 'llm.model': 'small-model-2026', 'llm.prompt_tokens': 3 })
  }
  expect(calls.filter(({ attributes }) => typeof attributes['llm.ttft_ms'] === 'number')).toHaveLength(1)
})

describe('the guide to the AI SDK', () => {
  it('does what it says of version 7 and later', async () => {
    await runPage({
      page: 'guide/trace-ai-sdk.md',
      blocks: [0],
      before: `
        import { MockLanguageModelV4 } from 'ai/test'
        const usage = { inputTokens: { total: 5 }, outputTokens: { total: 3 } }
        const finishReason = { unified: 'stop', raw: 'stop' }
        const content = [{ type: 'text', text: 'It is this.' }]
        const model = new MockLanguageModelV4({ doGenerate: { content, finishReason, usage, warnings: [] } as never })
        const prompt = 'What is it?'
      `,
    })
    expect(spansNamed('ai.generateText')[0]?.attributes['mlflow.spanOutputs']).toBe('"It is this."')
    expect(spansNamed('llm_generation')).toHaveLength(1)
  })

  it.skipIf(!isInstalled(aiSdk6))(
    'does what it says of version 6 (where conformance/foreign/install.ts has put it)',
    async () => {
      await runPage({
        page: 'guide/trace-ai-sdk.md',
        blocks: [1],
        before: `
        import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
        import { generateText } from 'ai'
        const model = createOpenAICompatible({ name: 'stub', baseURL: process.env.OPENAI_BASE_URL ?? '' })('small-model')
        const prompt = 'What is it?'
      `,
        environment: aiSdk6,
      })
      expect(spansNamed('ai.generateText')).toHaveLength(1)
      expect(spansNamed('ai.generateText.doGenerate')[0]?.parentSpanId).toBe(
        spansNamed('ai.generateText')[0]?.spanId,
      )
    },
  )
})

it('the guide to LangChain.js does what it says', async () => {
  await runPage({
    page: 'guide/trace-langchain.md',
    before: `
      import { ChatPromptTemplate } from '@langchain/core/prompts'
      import { FakeListChatModel } from '@langchain/core/utils/testing'
      const prompt = ChatPromptTemplate.fromMessages([['user', '{question}']])
      const chain = prompt.pipe(new FakeListChatModel({ responses: ['It is this.'] }))
      const input = { question: 'What is it?' }
    `,
  })
  const [model] = spansNamed('FakeListChatModel')
  expect(model?.attributes['mlflow.spanOutputs']).toContain('It is this.')
  expect(model?.parentSpanId).toBe(spansNamed('RunnableSequence')[0]?.spanId)
})

it('the guide to LiveKit Agents does what it says', async () => {
  await runPage({
    page: 'guide/trace-livekit.md',
    after: `
      await telemetry.tracer.startActiveSpan(
        async () => startSpan({ name: 'rag_retrieval' }).end(),
        { name: 'agent_session' },
      )
    `,
  })
  expect(spansNamed('rag_retrieval')[0]?.parentSpanId).toBe(spansNamed('agent_session')[0]?.spanId)
})

describe('the guide to OpenTelemetry', () => {
  const page = 'guide/trace-opentelemetry.md'

  it('records a library that traces through the API alone', async () => {
    await runPage({
      page,
      blocks: [0],
      before: `import { trace as api } from '@opentelemetry/api'`,
      after: `
        withSpan(() => api.getTracer('library').startSpan('in the library').end(), { name: 'around' })
      `,
    })
    expect(spansNamed('in the library')[0]?.parentSpanId).toBe(spansNamed('around')[0]?.spanId)
  })

  it('makes a tracer for a library that asks for one', async () => {
    await runPage({
      page,
      blocks: [3],
      before: `
        import { RecordingTracerProvider } from '@voxtrace/client/opentelemetry'
        const client = init()
      `,
    })
    expect(server.spans.size).toBe(0)
  })

  it('sends to another receiver', async () => {
    await runPage({ page, blocks: [4], after: `startSpan({ name: 'elsewhere', sessionId: 's' }).end()` })
    const span = { name: 'elsewhere', attributes: { 'session.id': 's' } }
    expect(server.received).toMatchObject([{ path: '/v1/traces', body: { spans: [span] } }])
  })

  const isThere = isInstalled(openTelemetryNode)

  it.skipIf(!isThere)(
    'records instrumentations (where conformance/foreign/install.ts has put them)',
    async () => {
      await runPage({
        page,
        blocks: [0, 1],
        after: `await withSpan(async () => (await fetch('http://localhost:5000/version')).text(), { name: 'around' })`,
        environment: openTelemetryNode,
      })
      expect(spansNamed('GET')[0]?.parentSpanId).toBe(spansNamed('around')[0]?.spanId)
    },
  )

  it.skipIf(!isThere)(
    'takes spans of the SDK in (where conformance/foreign/install.ts has put it)',
    async () => {
      await runPage({
        page,
        blocks: [2],
        before: `
        import { trace as api } from '@opentelemetry/api'
        const others = { onStart() {}, onEnd() {}, async forceFlush() {}, async shutdown() {} }
      `,
        after: `
        api.getTracer('library').startActiveSpan('of the SDK', (span) => {
          withSpan(() => {}, { name: 'inside' })
          span.end()
        })
        await sdk.shutdown()
      `,
        environment: openTelemetryNode,
      })
      expect(spansNamed('inside')[0]?.parentSpanId).toBe(spansNamed('of the SDK')[0]?.spanId)
    },
  )
})
