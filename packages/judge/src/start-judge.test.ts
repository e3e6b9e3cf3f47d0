import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Assessment } from '@voxtrace/model'
import { openStore, type Store } from '@voxtrace/store'
import { createTestDatabase, silentLog, type TestDatabase } from '@voxtrace/store/testing'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { rubrics } from './rubrics/index.ts'
import { type RunningJudge, startJudge } from './start-judge.ts'
import { conversationSpans, type SpanTree, type SpokenTurn } from './testing/conversation-spans.ts'
import { type ModelServer, refuse, reply, startModelServer, verdictText } from './testing/model-server.ts'
import { subjectWith } from './testing/subject.ts'

let database: TestDatabase
let store: Store
let runId: string
let experimentId: string
const judges: RunningJudge[] = []

beforeEach(async () => {
  database = await createTestDatabase()
  store = await openStore({ databaseUrl: database.databaseUrl, log: silentLog })
  experimentId = await store.experiments.create({ name: 'voice-bot' })
  runId = (await store.runs.create({ experimentId })).info.runId
})

afterEach(async () => {
  await Promise.all(judges.splice(0).map((judge) => judge.close()))
  await store.close()
  await database.drop()
})

async function start(llm?: { baseUrl: string; apiKey?: string }) {
  const judge = await startJudge({
    databaseUrl: database.databaseUrl,
    ...(llm && { llm: { model: 'fake-model', ...llm } }),
    log: silentLog,
  })
  judges.push(judge)
  return judge
}

function goodTurn(number: number): SpokenTurn {
  const { question, answer, documents } = subjectWith()
  return {
    number,
    userText: question,
    agentText: answer,
    documents: documents.map(({ title, text }) => ({ title: title ?? '', text })),
  }
}

async function record(tree: SpanTree, spans = tree.all) {
  await store.spans.record({ experimentId, spans, runId })
}

async function assessmentsOf(tree: SpanTree): Promise<Assessment[]> {
  return (await store.assessments.ofTraces([tree.traceId])).get(tree.traceId) ?? []
}

function judged(tree: SpanTree, count = rubrics.length, timeout = 15_000): Promise<Assessment[]> {
  return vi.waitFor(
    async () => {
      const found = await assessmentsOf(tree)
      expect(found.filter((each) => each.metadata['judge.retry'] === 'none')).toHaveLength(count)
      return found
    },
    { timeout, interval: 50 },
  )
}

async function history(key: string) {
  return store.metrics.history({ runIds: [runId], key, limit: 100 })
}

describe('offline', () => {
  test('an ended turn gets five assessments on its span and its scores on the run', async () => {
    const tree = conversationSpans([{ number: 0, userText: null, agentText: 'Hello there!' }, goodTurn(1)])
    await record(tree)
    const judge = await start()
    expect(judge.model).toBe('voxtrace-offline-judge@1')
    const assessments = await judged(tree)
    expect(assessments.map(({ name }) => name).sort()).toEqual(
      rubrics.map(({ criterion }) => `judge.${criterion}`).sort(),
    )
    for (const assessment of assessments) {
      expect(assessment).toMatchObject({
        spanId: tree.turns[1]?.turn.spanId,
        source: { type: 'CODE', id: 'voxtrace-offline-judge@1' },
        metadata: { judged: 'true', confidence: expect.stringMatching(/^(high|medium|low)$/) },
      })
      expect(assessment.value).toBeGreaterThanOrEqual(1)
      expect(assessment.value).toBeLessThanOrEqual(5)
      expect(assessment.rationale).toContain('Confidence:')
      const points = await vi.waitFor(async () => {
        const found = await history(assessment.name)
        expect(found).toHaveLength(1)
        return found
      })
      expect(points).toMatchObject([{ step: 1, value: assessment.value }])
    }
  })

  test('what cannot be judged says so and logs no metric', async () => {
    const tree = conversationSpans([{ number: 1, userText: 'What does it cost?', agentText: 'Sure.' }])
    await record(tree)
    await start()
    const faithfulness = (await judged(tree)).find(({ name }) => name === 'judge.faithfulness')
    expect(faithfulness).toMatchObject({
      value: null,
      error: null,
      rationale: 'Not judged. No documents were retrieved.',
      metadata: { judged: 'false' },
    })
    expect(await history('judge.faithfulness')).toEqual([])
  })

  test('a turn whose retrieval arrives after it is judged with its documents', async () => {
    const tree = conversationSpans([goodTurn(1)])
    await start()
    const late = tree.turns.flatMap(({ children }) => children)
    await record(
      tree,
      tree.all.filter((span) => !late.includes(span)),
    )
    setTimeout(() => void record(tree, late), 300)
    const faithfulness = (await judged(tree)).find(({ name }) => name === 'judge.faithfulness')
    expect(faithfulness?.value).toBeGreaterThan(4)
  })

  test('a turn that is sent again is not judged again', async () => {
    const tree = conversationSpans([goodTurn(1)])
    await record(tree)
    await start()
    const first = await judged(tree)
    await record(tree)
    const other = conversationSpans([goodTurn(1)])
    await record(other)
    await judged(other)
    expect(await assessmentsOf(tree)).toEqual(first)
  })

  test('a run that was deleted does not keep its turns from being judged', async () => {
    const tree = conversationSpans([goodTurn(1)])
    await record(tree)
    await store.runs.delete(runId)
    await start()
    await judged(tree)
  })

  test('it is listed among the services while it runs', async () => {
    const judge = await start()
    expect(await store.services.list()).toMatchObject([
      { service: 'judge', details: { model: 'voxtrace-offline-judge@1', kind: 'offline' } },
    ])
    await judge.close()
    await judge.close()
    expect(await store.services.list()).toEqual([])
  })
})

describe('with a language model', () => {
  let server: ModelServer

  beforeEach(async () => {
    server = await startModelServer((_, response) => reply(response, { content: verdictText(4) }))
  })

  afterEach(() => server.close())

  test('two judges share the turns, and none is judged twice', async () => {
    const tree = conversationSpans([1, 2, 3, 4, 5, 6].map(goodTurn))
    await record(tree)
    await Promise.all([start(server), start(server)])
    const assessments = await judged(tree, 30)
    expect(assessments).toHaveLength(30)
    expect(server.requests).toHaveLength(30)
    expect(assessments[0]?.source).toEqual({ type: 'LLM_JUDGE', id: 'fake-model' })
  })

  test('a wrong key is an error on each assessment and no score', async () => {
    server.behave((_, response) => refuse(response, 401, 'Incorrect API key'))
    const tree = conversationSpans([goodTurn(1)])
    await record(tree)
    await start(server)
    for (const assessment of await judged(tree)) {
      expect(assessment).toMatchObject({
        value: null,
        error: { code: 'UNAUTHENTICATED', message: expect.stringContaining('Incorrect API key') },
      })
      expect(await history(assessment.name)).toEqual([])
    }
    expect(server.requests).toHaveLength(5)
  })

  test('an outage is an error on the assessment until the judgement succeeds', async () => {
    let up = false
    server.behave((_, response) =>
      up ? reply(response, { content: verdictText(3) }) : refuse(response, 503, 'down for repair'),
    )
    const tree = conversationSpans([goodTurn(1)])
    await record(tree)
    await start(server)
    await vi.waitFor(
      async () => {
        const found = await assessmentsOf(tree)
        expect(found).toHaveLength(5)
        expect(found[0]).toMatchObject({ value: null, error: { code: 'MODEL_UNAVAILABLE' } })
      },
      { timeout: 15_000 },
    )
    up = true
    for (const assessment of await judged(tree)) expect(assessment).toMatchObject({ value: 3, error: null })
    expect(await assessmentsOf(tree)).toHaveLength(5)
  })

  test('a judge that is closed hands its turn back, and the next does what was missing', async () => {
    server.behave((_, response, call) => {
      if (call <= 2) reply(response, { content: verdictText(4) })
    })
    const tree = conversationSpans([goodTurn(1)])
    await record(tree)
    const first = await start(server)
    await vi.waitFor(async () => expect(await assessmentsOf(tree)).toHaveLength(2), { timeout: 10_000 })
    const before = await assessmentsOf(tree)
    await first.close()
    server.behave((_, response) => reply(response, { content: verdictText(2) }))
    const asked = server.requests.length
    await start(server)
    const after = await judged(tree)
    expect(after).toHaveLength(5)
    for (const assessment of before) expect(after).toContainEqual(assessment)
    expect(server.requests.length - asked).toBe(3)
  })

  test('a judge that is killed in the middle has its missing work done once more', async () => {
    server.behave((_, response, call) => {
      if (call <= 2) reply(response, { content: verdictText(4) })
    })
    const tree = conversationSpans([goodTurn(1)])
    await record(tree)
    const child = spawn(
      process.execPath,
      [
        '--conditions=@voxtrace/source',
        fileURLToPath(new URL('./testing/judge-process.ts', import.meta.url)),
        database.databaseUrl,
        server.baseUrl,
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    )
    await vi.waitFor(async () => expect(await assessmentsOf(tree)).toHaveLength(2), { timeout: 20_000 })
    child.kill('SIGKILL')
    await once(child, 'exit')
    server.behave((_, response) => reply(response, { content: verdictText(2) }))
    const asked = server.requests.length
    await start(server)
    const after = await judged(tree, 5, 60_000)
    expect(after.map(({ value }) => value).sort()).toEqual([2, 2, 2, 4, 4])
    expect(server.requests.length - asked).toBe(3)
    for (const assessment of after) expect(await history(assessment.name)).toHaveLength(1)
  }, 90_000)
})

test.each([
  [{ apiKey: '' }, 'needs an API key'],
  [{ baseUrl: 'not a url' }, 'must be an http or https URL'],
])('settings that cannot work are refused at start', async (llm, message) => {
  await expect(startJudge({ databaseUrl: database.databaseUrl, llm, log: silentLog })).rejects.toThrow(
    message,
  )
})
