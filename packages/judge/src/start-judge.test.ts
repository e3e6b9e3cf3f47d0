import { silentLog } from '@voxtrace/store/testing'
import { afterAll, beforeAll, describe, expect, type TestContext, test, vi } from 'vitest'
import { rubrics } from './rubrics/index.ts'
import { type RunningJudge, startJudge } from './start-judge.ts'
import { conversationSpans } from './testing/conversation-spans.ts'
import { goodTurn, JudgedDatabase } from './testing/judged-database.ts'
import { type ModelServer, refuse, reply, startModelServer, verdictText } from './testing/model-server.ts'

describe('offline', () => {
  let database: JudgedDatabase
  let judge: RunningJudge

  beforeAll(async () => {
    database = await JudgedDatabase.create()
    judge = await database.startJudge()
  })

  afterAll(() => database.close())

  test('an ended turn gets five assessments on its span and its scores on the run', async () => {
    const number = 11
    const tree = conversationSpans([
      { number: 0, userText: null, agentText: 'Hello there!' },
      goodTurn(number),
    ])
    await database.record(tree)
    expect(judge.model).toBe('voxtrace-offline-judge@1')
    const assessments = await database.judged(tree)
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
      const points = async () =>
        (await database.history(assessment.name)).filter(({ step }) => step === number)
      await expect.poll(points).toMatchObject([{ value: assessment.value }])
    }
  })

  test('what cannot be judged says so and logs no metric', async () => {
    const turn = { number: 7, userText: 'What does it cost?', agentText: 'Sure.' }
    const tree = conversationSpans([turn])
    await database.record(tree)
    const faithfulness = (await database.judged(tree)).find(({ name }) => name === 'judge.faithfulness')
    expect(faithfulness).toMatchObject({
      value: null,
      error: null,
      rationale: 'Not judged. No documents were retrieved.',
      metadata: { judged: 'false' },
    })
    const logged = await database.history('judge.faithfulness')
    expect(logged.filter(({ step }) => step === turn.number)).toEqual([])
  })

  test('a turn that is sent again is not judged again', async () => {
    const tree = conversationSpans([goodTurn(1)])
    await database.record(tree)
    const first = await database.judged(tree)
    await database.record(tree)
    const other = conversationSpans([goodTurn(1)])
    await database.record(other)
    await database.judged(other)
    expect(await database.assessmentsOf(tree)).toEqual(first)
  })

  test('a turn is judged anew when that is asked for, in the place of what was found before', async () => {
    const tree = conversationSpans([goodTurn(1)])
    await database.record(tree)
    const [first] = await database.judged(tree)
    const place = { traceId: first?.traceId ?? '', spanId: first?.spanId ?? '' }
    await database.store.assessments.update(place.traceId, first?.assessmentId ?? '', { value: 0 })
    await database.store.queue.enqueueAgain([place])
    await vi.waitFor(
      async () => {
        const assessments = await database.assessmentsOf(tree)
        expect(assessments).toHaveLength(5)
        expect(assessments.map(({ value }) => value)).not.toContain(0)
      },
      { timeout: 60_000 },
    )
  })

  test('a run that was deleted does not keep its turns from being judged', async () => {
    const tree = conversationSpans([goodTurn(1)])
    await database.store.runs.delete(database.runId)
    await database.record(tree)
    await database.judged(tree)
    await database.store.runs.restore(database.runId)
  })
})

test('a judge is listed among the services while it runs', async (context) => {
  const { database } = await setUp(context)
  const judge = await database.startJudge()
  expect(await database.store.services.list()).toMatchObject([
    { service: 'judge', details: { model: 'voxtrace-offline-judge@1', kind: 'offline' } },
  ])
  await judge.close()
  await judge.close()
  expect(await database.store.services.list()).toEqual([])
})

/** A database and a model of the test's own, which go when it is over. */
async function setUp({
  onTestFinished,
}: TestContext): Promise<{ database: JudgedDatabase; server: ModelServer }> {
  const server = await startModelServer((_, response) => reply(response, { content: verdictText(4) }))
  onTestFinished(() => server.close())
  const database = await JudgedDatabase.create()
  onTestFinished(() => database.close())
  return { database, server }
}

describe.concurrent('with a language model', () => {
  test('two judges share the turns, and none is judged twice', async (context) => {
    const { database, server } = await setUp(context)
    const tree = conversationSpans([1, 2, 3, 4, 5, 6].map(goodTurn))
    await database.record(tree)
    await Promise.all([database.startJudge(server), database.startJudge(server)])
    const assessments = await database.judged(tree, 30)
    expect(assessments).toHaveLength(30)
    expect(server.requests).toHaveLength(30)
    expect(assessments[0]?.source).toEqual({ type: 'LLM_JUDGE', id: 'fake-model' })
  })

  test('a wrong key is an error on each assessment and no score', async (context) => {
    const { database, server } = await setUp(context)
    server.behave((_, response) => refuse(response, 401, 'Incorrect API key'))
    const tree = conversationSpans([goodTurn(1)])
    await database.record(tree)
    await database.startJudge(server)
    for (const assessment of await database.judged(tree)) {
      expect(assessment).toMatchObject({
        value: null,
        error: { code: 'UNAUTHENTICATED', message: expect.stringContaining('Incorrect API key') },
      })
      expect(await database.history(assessment.name)).toEqual([])
    }
    expect(server.requests).toHaveLength(5)
  })

  test('an outage is an error on the assessment until the judgement succeeds', async (context) => {
    const { database, server } = await setUp(context)
    let up = false
    server.behave((_, response) =>
      up ? reply(response, { content: verdictText(3) }) : refuse(response, 503, 'down for repair'),
    )
    const tree = conversationSpans([goodTurn(1)])
    await database.record(tree)
    await database.startJudge(server)
    await vi.waitFor(
      async () => {
        const found = await database.assessmentsOf(tree)
        expect(found).toHaveLength(5)
        expect(found[0]).toMatchObject({ value: null, error: { code: 'MODEL_UNAVAILABLE' } })
      },
      { timeout: 60_000 },
    )
    up = true
    for (const assessment of await database.judged(tree))
      expect(assessment).toMatchObject({ value: 3, error: null })
    expect(await database.assessmentsOf(tree)).toHaveLength(5)
  })

  test('a judge that is closed hands its turn back, and the next does what was missing', async (context) => {
    const { database, server } = await setUp(context)
    server.behave((_, response, call) => {
      if (call <= 2) reply(response, { content: verdictText(4) })
    })
    const tree = conversationSpans([goodTurn(1)])
    await database.record(tree)
    const first = await database.startJudge(server)
    await vi.waitFor(async () => expect(await database.assessmentsOf(tree)).toHaveLength(2), {
      timeout: 60_000,
    })
    const before = await database.assessmentsOf(tree)
    await first.close()
    server.behave((_, response) => reply(response, { content: verdictText(2) }))
    const asked = server.requests.length
    await database.startJudge(server)
    const after = await database.judged(tree)
    expect(after).toHaveLength(5)
    for (const assessment of before) expect(after).toContainEqual(assessment)
    expect(server.requests.length - asked).toBe(3)
  })
})

test.each([
  [{ apiKey: '' }, 'needs an API key'],
  [{ baseUrl: 'not a url' }, 'must be an http or https URL'],
])('settings that cannot work are refused at start', async (llm, message) => {
  await expect(
    startJudge({ databaseUrl: 'postgresql://127.0.0.1:1/none', llm, log: silentLog }),
  ).rejects.toThrow(message)
})
