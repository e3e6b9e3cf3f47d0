import { describe, expect, test } from 'vitest'
import { testSpan, testTurn } from './test-spans.ts'
import { storeOfFile } from './testing.ts'

const { store } = await storeOfFile()

const room = { characters: 1_000, longestText: 100 }
const startNs = 1_800_000_000_000_000_000n

/** Records a trace that is one turn of a session, and answers its id. */
async function say(sessionId: string, second: number, userText: string, agentText = 'Yes.'): Promise<string> {
  const turn = testSpan({
    name: 'turn',
    startTimeUnixNano: startNs + BigInt(second) * 1_000_000_000n,
    attributes: {
      'session.id': sessionId,
      'turn.number': second,
      'turn.user_text': userText,
      'turn.agent_text': agentText,
    },
  })
  await store.spans.record({ experimentId: '0', spans: [turn] })
  return `tr-${turn.traceId}`
}

describe('a conversation', () => {
  test('of one trace is its turns, those left out in which nobody spoke', async () => {
    const root = testSpan({ name: 'conversation', attributes: { 'session.id': 'one' } })
    const turns = [
      { 'turn.number': 0, 'turn.agent_text': 'Hello!' },
      {
        'turn.number': 1,
        'turn.user_text': 'Hi.',
        'turn.agent_text': 'What is it?',
        'turn.interrupted': true,
      },
      { 'turn.number': 2, 'turn.user_text': ' ' },
    ].map((attributes) => testTurn(root, attributes))
    await store.spans.record({ experimentId: '0', spans: [root, ...turns] })
    const traceId = `tr-${root.traceId}`
    expect(await store.conversations.read(traceId, room)).toMatchObject({
      firstTraceId: traceId,
      lastTraceId: traceId,
      turnCount: 2,
      turns: [
        { number: 0, userText: null, userLength: 0, agentText: 'Hello!', agentLength: 6, interrupted: false },
        { number: 1, userText: 'Hi.', agentText: 'What is it?', interrupted: true },
      ],
      lastTurn: { number: 1, endedMs: Number(startNs / 1_000_000n) + 1_000 },
      isUpToDate: true,
    })
  })

  test('of a session of turns is all of them in order, whichever of its traces is asked for', async () => {
    const third = await say('many', 3, 'Third.')
    const first = await say('many', 1, 'First.')
    const second = await say('many', 2, 'Second.')
    await say('other', 2, 'Of another session.')
    const root = testSpan({ name: 'conversation', attributes: { 'session.id': 'many' } })
    const turn = testTurn(root, { 'turn.number': 1, 'turn.user_text': 'Of a conversation in a trace.' })
    await store.spans.record({ experimentId: '0', spans: [root, turn] })
    for (const traceId of [first, second, third]) {
      const held = await store.conversations.read(traceId, room)
      expect(held).toMatchObject({ firstTraceId: first, lastTraceId: third, turnCount: 3 })
      expect(held?.turns.map(({ userText }) => userText)).toEqual(['First.', 'Second.', 'Third.'])
    }
  })

  test('is read from its start and its end where there is no room for all', async () => {
    const ids: string[] = []
    for (let second = 0; second < 9; second++) ids.push(await say('long', second, `${second}`.repeat(10), ''))
    const held = await store.conversations.read(ids[4] ?? '', { characters: 20, longestText: 10 })
    expect(held?.turnCount).toBe(9)
    expect(held?.turns.map(({ number }) => number)).toEqual([0, 1, 7, 8])
  })

  test('tells how long a text is of which only the beginning is read', async () => {
    const traceId = await say('wordy', 1, 'x'.repeat(250))
    const held = await store.conversations.read(traceId, room)
    expect(held?.turns).toMatchObject([{ userText: 'x'.repeat(100), userLength: 250, agentText: 'Yes.' }])
  })

  test('in which nobody spoke is none', async () => {
    const root = testSpan()
    await store.spans.record({ experimentId: '0', spans: [root] })
    expect(await store.conversations.read(`tr-${root.traceId}`, room)).toBeNull()
    expect(await store.conversations.read('tr-none', room)).toBeNull()
  })
})

test('conversations to judge again are each named once, by the trace with which they ended', async () => {
  const first = await say('again', 1, 'First.')
  const last = await say('again', 2, 'Last.')
  const root = testSpan({
    name: 'conversation',
    startTimeUnixNano: startNs + 9_000_000_000n,
    attributes: { 'session.id': 'again' },
  })
  await store.spans.record({ experimentId: '0', spans: [root, testTurn(root, { 'turn.number': 1 })] })
  const whole = `tr-${root.traceId}`
  expect((await store.reviews.endedConversations([first, last, whole, 'tr-none'])).toSorted()).toEqual(
    [last, whole].toSorted(),
  )
})

test('a session of turns is reviewed as one conversation, by its first trace', async () => {
  const experimentId = await store.experiments.create({ name: 'sessions to review' })
  const ids: string[] = []
  for (const second of [1, 2, 3]) {
    const turn = testSpan({
      name: 'turn',
      startTimeUnixNano: startNs + BigInt(second) * 1_000_000_000n,
      attributes: { 'session.id': 'reviewed', 'turn.number': second, 'turn.user_text': `${second}` },
    })
    await store.spans.record({ experimentId, spans: [turn] })
    ids.push(`tr-${turn.traceId}`)
  }
  const root = testSpan({ name: 'conversation', attributes: { 'session.id': 'reviewed' } })
  await store.spans.record({ experimentId, spans: [root, testTurn(root, { 'turn.number': 1 })] })
  const list = (filter: string) =>
    store.reviews.list({ experimentId, filter, unit: 'conversation', order: 'newest', maxResults: 10 })
  const all = await list('')
  expect(all.matching).toBe(2)
  expect(all.items.map(({ traceId }) => traceId)).toEqual([ids[0], `tr-${root.traceId}`])
  expect((await list('turn.number = 3')).items).toMatchObject([{ traceId: ids[0], userText: '1' }])
})
