import type { JsonObject, Span } from '@voxtrace/model'
import { describe, expect, test } from 'vitest'
import { testSpan, testTurn } from './test-spans.ts'
import { storeOfFile } from './testing.ts'

const { store } = await storeOfFile()

const record = (...spans: Span[]) => store.spans.record({ experimentId: '0', spans })
const open = (span: Span): Span => ({ ...span, endTimeUnixNano: null })

describe('turns', () => {
  test('are summed up for lists', async () => {
    const root = testSpan({ name: 'conversation' })
    const first = testTurn(root, {
      'turn.number': 1,
      'turn.user_text': 'Hello',
      'turn.voice_to_voice_ms': 400,
    })
    const second = testTurn(
      root,
      { 'turn.number': 2, 'turn.user_text': 'More', 'turn.voice_to_voice_ms': 600, 'turn.interrupted': true },
      { startTimeUnixNano: root.startTimeUnixNano + 10n },
    )
    await record(open(root), open(first))
    await record(first)
    await record(first, open(second))
    await record(second, root)
    await record(second)
    const { items } = await store.summaries.list({
      experimentIds: ['0'],
      maxResults: 1,
      filter: `request_id = 'tr-${root.traceId}' AND turn.voice_to_voice_ms > 500`,
    })
    expect(items[0]).toMatchObject({
      turnCount: 2,
      interruptedCount: 1,
      firstUserText: 'Hello',
      slowestTurn: { number: 2, voiceToVoiceMs: 600 },
      medianVoiceToVoiceMs: 500,
    })
    const countBetween = async (range: string) =>
      (
        await store.summaries.list({
          experimentIds: ['0'],
          maxResults: 1,
          filter: `request_id = 'tr-${root.traceId}' AND ${range}`,
        })
      ).items.length
    expect(await countBetween('turn.voice_to_voice_ms >= 600 AND turn.voice_to_voice_ms <= 700')).toBe(1)
    // One turn lies above the lower bound and another below the upper one, but none between them.
    expect(await countBetween('turn.voice_to_voice_ms < 550 AND turn.voice_to_voice_ms > 450')).toBe(0)
    expect(await countBetween('turn.voice_to_voice_ms < 550 AND NOT turn.voice_to_voice_ms > 650')).toBe(1)
    expect(await countBetween('turn.number = 2 AND turn.interrupted = true')).toBe(1)
    expect(await countBetween('turn.number = 1 AND turn.interrupted = true')).toBe(0)
    expect(await countBetween('turn.number = 1 AND turn.voice_to_voice_ms > 500')).toBe(0)
    expect(await countBetween("turn.user_text = 'Hello' AND turn.interrupted = true")).toBe(1)
  })

  test('are told by the span that tells them now, and by no other', async () => {
    const root = testSpan({ name: 'agent_session' })
    const of = (name: string, attributes: JsonObject, startMs: bigint) =>
      testTurn(root, attributes, { name, startTimeUnixNano: root.startTimeUnixNano + startMs * 1_000_000n })
    const asked = of('user_turn', { 'lk.user_transcript': 'how are you today' }, 0n)
    const givenUp = of(
      'agent_turn',
      { 'lk.speech_id': 's1', 'lk.interrupted': true, 'lk.user_input': 'how are you' },
      500n,
    )
    const answered = of(
      'agent_turn',
      {
        'lk.speech_id': 's2',
        'lk.user_input': 'how are you today',
        'lk.response.text': 'Well.',
        'lk.e2e_latency': 0.75,
      },
      900n,
    )
    const listed = async (filter = '') =>
      (
        await store.summaries.list({
          experimentIds: ['0'],
          maxResults: 2,
          filter: `request_id = 'tr-${root.traceId}' ${filter}`,
        })
      ).items.map(({ turnCount, interruptedCount }) => ({ turnCount, interruptedCount }))
    await record(asked, givenUp, root)
    expect(await listed()).toEqual([{ turnCount: 1, interruptedCount: 1 }])
    await record(answered)
    const turn = { turnCount: 1, interruptedCount: 0 }
    expect(await listed()).toEqual([turn])
    expect(await listed('AND turn.voice_to_voice_ms = 750')).toEqual([turn])
    expect(await listed('AND turn.interrupted = true')).toEqual([])
  })

  test('are found by what is known of them, in whatever vocabulary it was told', async () => {
    const session = testSpan({ name: 'agent_session' })
    const livekit = testTurn(
      session,
      {
        'lk.speech_id': 's1',
        'lk.user_input': 'Where is my refund?',
        'lk.response.text': 'On its way.',
        'lk.e2e_latency': 1.8,
        'lk.interrupted': true,
      },
      { name: 'agent_turn' },
    )
    const conversation = testSpan({ name: 'conversation' })
    const own = testTurn(conversation, {
      'turn.number': 7,
      'turn.user_text': 'Hello',
      'turn.voice_to_voice_ms': 400,
      'turn.latency.first_token_ms': 150,
      'turn.agent_text': 'Good day',
    })
    await record(session, livekit, conversation, own)
    const ids = `'tr-${session.traceId}', 'tr-${conversation.traceId}'`
    const found = async (filter: string, orderBy: string[] = []) => {
      const query = { experimentIds: ['0'], maxResults: 10, orderBy }
      const page = await store.search.traces({ ...query, filter: `request_id IN (${ids}) AND ${filter}` })
      return page.items.map(({ traceId }) => (traceId === `tr-${session.traceId}` ? 'livekit' : 'own'))
    }
    expect(await found('turn.voice_to_voice_ms > 1500')).toEqual(['livekit'])
    expect(await found('turn.voice_to_voice_ms <= 400')).toEqual(['own'])
    expect(await found('turn.interrupted = true')).toEqual(['livekit'])
    expect(await found('turn.interrupted != true')).toEqual(['own'])
    expect(await found("turn.user_text ILIKE '%REFUND%'")).toEqual(['livekit'])
    expect(await found("turn.user_text RLIKE '^Hel+o$'")).toEqual(['own'])
    expect(await found('turn.number = 7')).toEqual(['own'])
    expect(await found('turn.latency.first_token_ms < 200')).toEqual(['own'])
    expect(await found('turn.latency.rag_retrieval_ms IS NULL')).toHaveLength(2)
    expect(await found("turn.agent_text = 'Good day'")).toEqual(['own'])
    const ordered = ['turn.voice_to_voice_ms DESC']
    expect(await found('turn.number >= 0', ordered)).toEqual(['livekit', 'own'])
    expect(await found('turn.number >= 0', ['turn.voice_to_voice_ms'])).toEqual(['own', 'livekit'])
  })
})

describe('a conversation of very many turns', () => {
  test('is kept though one statement could not hold them', async () => {
    const root = testSpan({ name: 'conversation' })
    const turns = Array.from({ length: 7300 }, (_, index) => testTurn(root, { 'turn.number': index + 1 }))
    await record(root, ...turns)
    const { items } = await store.summaries.list({
      experimentIds: ['0'],
      filter: `request_id = 'tr-${root.traceId}'`,
      maxResults: 1,
    })
    expect(items[0]?.turnCount).toBe(7300)
  })

  test('shows every turn once the figures have settled, however many batches they came in', async () => {
    const root = testSpan({ name: 'conversation' })
    const turns = Array.from({ length: 2600 }, (_, index) =>
      testTurn(root, { 'turn.number': index + 1, 'turn.user_text': `question ${index}` }),
    )
    const late = testSpan({
      traceId: root.traceId,
      parentSpanId: turns.at(-1)?.spanId ?? null,
      name: 'agent_speech',
      attributes: { 'mlflow.spanOutputs': '"The last answer."', 'tts.text': 'The last answer.' },
    })
    const shown = async () => {
      const { items } = await store.summaries.list({
        experimentIds: ['0'],
        filter: `request_id = 'tr-${root.traceId}'`,
        maxResults: 1,
      })
      return items[0]?.turnCount
    }
    await record(root, ...turns.slice(0, 1900))
    expect(await shown()).toBe(1900)
    await Promise.all([record(...turns.slice(1900, 2300)), record(...turns.slice(2300))])
    await record(late)
    await store.dashboards.settle()
    expect(await shown()).toBe(2600)
    await store.dashboards.settle()
    expect(await shown()).toBe(2600)
  })
})
