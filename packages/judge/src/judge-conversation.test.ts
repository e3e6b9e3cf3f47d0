import { describe, expect, type TestContext, test, vi } from 'vitest'
import { conversationRubrics } from './rubrics/index.ts'
import { conversationSpans, turnTrace } from './testing/conversation-spans.ts'
import { goodTurn, JudgedDatabase } from './testing/judged-database.ts'
import { type ModelServer, refuse, reply, startModelServer, verdictText } from './testing/model-server.ts'

const greeting = { number: 0, userText: null, agentText: 'Hello there!' }

async function setUp({ onTestFinished }: TestContext, options: { sessionQuietMs?: number } = {}) {
  const server = await startModelServer((_, response) => reply(response, { content: verdictText(4) }))
  onTestFinished(() => server.close())
  const database = await JudgedDatabase.create(options)
  onTestFinished(() => database.close())
  return { server, database }
}

/** What the model was shown of whole conversations. */
function conversationsIn({ requests }: ModelServer): string[] {
  return requests
    .filter(({ messages }) => messages[0]?.content.includes('a whole conversation'))
    .map(({ messages }) => messages[1]?.content ?? '')
}

describe.concurrent('a conversation that is over', () => {
  test('is judged as a whole on its trace, with its scores on the run at its last turn', async (context) => {
    const { server, database } = await setUp(context)
    await database.startJudge(server)
    const tree = conversationSpans([greeting, goodTurn(1), goodTurn(2)], { isOver: true })
    await database.record(tree)
    const assessments = await database.conversationJudged(tree)
    expect(assessments.map(({ name }) => name).sort()).toEqual([
      'judge.calm',
      'judge.goal_completion',
      'judge.retention',
    ])
    for (const assessment of assessments) {
      expect(assessment).toMatchObject({
        spanId: null,
        value: 4,
        source: { type: 'LLM_JUDGE', id: 'fake-model' },
        metadata: { 'mlflow.trace.session': 'session-1' },
      })
      await context.expect
        .poll(() => database.history(assessment.name))
        .toMatchObject([{ step: 2, value: 4 }])
    }
    const [shown = ''] = conversationsIn(server)
    expect(shown.indexOf('Hello there!')).toBeLessThan(shown.indexOf('How do I schedule'))
    expect(shown).not.toContain('voice_to_voice')
  })

  test('is not judged while it goes on, and once when it is sent twice', async (context) => {
    const { server, database } = await setUp(context)
    await database.startJudge(server)
    const going = conversationSpans([goodTurn(1)])
    const over = conversationSpans([goodTurn(1), goodTurn(2)], { isOver: true })
    await database.record(going)
    await database.record(over)
    await database.conversationJudged(over)
    await database.record(over)
    await database.judged(going)
    expect(conversationsIn(server)).toHaveLength(3)
  })

  test('of a single turn is not judged by what was kept', async (context) => {
    const { server, database } = await setUp(context)
    await database.startJudge(server)
    const tree = conversationSpans([goodTurn(1)], { isOver: true })
    await database.record(tree)
    const found = await database.conversationJudged(tree)
    expect(found.find(({ name }) => name === 'judge.retention')).toMatchObject({
      value: null,
      rationale: expect.stringContaining('one turn only'),
    })
    expect(conversationsIn(server)).toHaveLength(2)
  })

  test('is judged anew when that is asked for, in the place of what was found before', async (context) => {
    const { server, database } = await setUp(context)
    await database.startJudge(server)
    const tree = conversationSpans([goodTurn(1), goodTurn(2)], { isOver: true })
    await database.record(tree)
    await database.conversationJudged(tree)
    server.behave((_, response) => reply(response, { content: verdictText(1) }))
    const ended = await database.store.reviews.endedConversations([tree.traceId])
    await database.store.queue.enqueueConversationsAgain(ended)
    await vi.waitFor(
      async () => {
        const found = await database.conversationJudged(tree)
        expect(found.map(({ value }) => value)).toEqual([1, 1, 1])
      },
      { timeout: 60_000 },
    )
  })

  test('keeps the error of an outage until the judgement succeeds', async (context) => {
    const { server, database } = await setUp(context)
    let isUp = false
    server.behave((_, response) =>
      isUp ? reply(response, { content: verdictText(3) }) : refuse(response, 503, 'down for repair'),
    )
    const tree = conversationSpans([goodTurn(1), goodTurn(2)], { isOver: true })
    await database.record(tree)
    await database.startJudge(server)
    await vi.waitFor(
      async () => {
        const found = (await database.assessmentsOf(tree)).filter(({ spanId }) => spanId === null)
        expect(found).toHaveLength(conversationRubrics.length)
        expect(found[0]).toMatchObject({ value: null, error: { code: 'MODEL_UNAVAILABLE' } })
      },
      { timeout: 60_000 },
    )
    isUp = true
    for (const found of await database.conversationJudged(tree))
      expect(found).toMatchObject({ value: 3, error: null })
  })

  test('of a trace a turn is judged on its first trace once it is quiet, and anew after a later trace', async (context) => {
    const { server, database } = await setUp(context, { sessionQuietMs: 1_000 })
    await database.startJudge(server)
    const say = (number: number, userText: string) =>
      turnTrace('session-of-traces', { number, userText, agentText: 'Certainly.' })
    const first = say(1, 'My name is Ada.')
    const second = say(2, 'Book a table.')
    // At once, since a busy machine may take longer than the session has to be quiet.
    await database.record(first, [...first.all, ...second.all])
    const judged = await database.conversationJudged(first)
    expect(judged[0]?.metadata['mlflow.trace.session']).toBe('session-of-traces')
    const [shown = ''] = conversationsIn(server)
    expect(shown.indexOf('My name is Ada.')).toBeLessThan(shown.indexOf('Book a table.'))
    server.behave((_, response) => reply(response, { content: verdictText(2) }))
    await database.record(say(3, 'A table for two.'))
    await vi.waitFor(
      async () =>
        expect((await database.conversationJudged(first)).map(({ value }) => value)).toEqual([2, 2, 2]),
      { timeout: 60_000 },
    )
    expect(conversationsIn(server)).toHaveLength(6)
    expect((await database.assessmentsOf(second)).filter(({ spanId }) => spanId === null)).toEqual([])
  })

  test('is not judged offline', async (context) => {
    const { database } = await setUp(context)
    await database.startJudge()
    const tree = conversationSpans([goodTurn(1)], { isOver: true })
    await database.record(tree)
    await database.judged(tree)
    expect((await database.assessmentsOf(tree)).every(({ spanId }) => spanId !== null)).toBe(true)
  })
})
