import type { JsonObject, Span } from '@voxtrace/model'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openStore, type Store } from './store.ts'
import { testSpan, testTurn } from './test-spans.ts'
import { createTestStore, silentLog } from './testing.ts'

let store: Store
let databaseUrl: string
let close: () => Promise<void>
beforeAll(async () => {
  ;({ store, databaseUrl, close } = await createTestStore())
})
afterAll(() => close())

const record = (...spans: Span[]) => store.spans.record({ experimentId: '0', spans })
const open = (span: Span): Span => ({ ...span, endTimeUnixNano: null })
const infoOf = (span: Span) => store.traces.get(`tr-${span.traceId}`)
const spansOf = (span: Span) => store.spans.ofTrace(`tr-${span.traceId}`)

describe('recording spans', () => {
  test('gives back every field of a span as it came', async () => {
    const span = testSpan({
      kind: 'CLIENT',
      status: { code: 'ERROR', message: 'broken' },
      attributes: { text: 'a', nested: { list: [1, null, true] }, big: 2 ** 53 },
      events: [
        {
          name: 'e',
          timeUnixNano: 1_800_000_000_123_456_789n,
          attributes: { a: 1 },
          droppedAttributesCount: 2,
        },
      ],
      links: [
        {
          traceId: 'ab'.repeat(16),
          spanId: 'cd'.repeat(8),
          traceState: 'x=1',
          attributes: {},
          droppedAttributesCount: 0,
        },
      ],
      traceState: 'k=v',
      droppedAttributesCount: 1,
      droppedEventsCount: 2,
      droppedLinksCount: 3,
      resource: { 'service.name': 's' },
    })
    await record(span)
    expect(await spansOf(span)).toEqual([span])
  })

  test('shows a trace from its first open span, and its outcome when its root has ended', async () => {
    const root = testSpan({ name: 'conversation', attributes: { 'session.id': 's-1', 'user.id': 'u-1' } })
    await record(open(root))
    expect(await infoOf(root)).toMatchObject({ state: 'IN_PROGRESS', executionDurationMs: null })
    const child = testSpan({
      traceId: root.traceId,
      parentSpanId: root.spanId,
      startTimeUnixNano: root.startTimeUnixNano - 500_000_000n,
    })
    await record(child)
    await record(root)
    expect(await infoOf(root)).toMatchObject({
      state: 'OK',
      requestTimeMs: 1_799_999_999_500,
      executionDurationMs: 1_500,
      metadata: { 'mlflow.trace.session': 's-1', 'mlflow.trace.user': 'u-1' },
      tags: { 'mlflow.traceName': 'conversation', 'mlflow.trace.spansLocation': 'TRACKING_STORE' },
    })
  })

  test('lets an ended span win over an open one, in whichever order they come', async () => {
    const root = testSpan()
    await record(root)
    await record(open(root))
    await record(open(root), root, open(root))
    expect((await spansOf(root))[0]?.endTimeUnixNano).toBe(root.endTimeUnixNano)
    expect((await infoOf(root)).state).toBe('OK')
  })

  test('counts spans and errors once, however often they come', async () => {
    const root = testSpan()
    const child = testSpan({ traceId: root.traceId, parentSpanId: root.spanId })
    const failed: Span = { ...child, status: { code: 'ERROR', message: 'no' } }
    await record(root, child)
    await record(root, failed)
    await record(failed)
    const { items } = await store.summaries.list({
      experimentIds: ['0'],
      maxResults: 1,
      filter: `request_id = 'tr-${root.traceId}'`,
    })
    expect(items[0]).toMatchObject({ spanCount: 2, errorCount: 1 })
  })

  test('takes previews from the root, in MLflow\u2019s form', async () => {
    const root = testSpan({
      attributes: {
        'mlflow.spanInputs': '{"messages":[{"role":"user","content":"Hello?"}]}',
        'mlflow.spanOutputs': '"Hi."',
      },
    })
    await record(root)
    expect(await infoOf(root)).toMatchObject({ requestPreview: 'Hello?', responsePreview: 'Hi.' })
  })

  test('sums tokens without those below a span that has summed them up itself', async () => {
    const usage = (input: number, output: number) => ({
      'gen_ai.usage.input_tokens': input,
      'gen_ai.usage.output_tokens': output,
    })
    const root = testSpan()
    const agent = testSpan({ traceId: root.traceId, parentSpanId: root.spanId, attributes: usage(10, 4) })
    const inner = testSpan({ traceId: root.traceId, parentSpanId: agent.spanId, attributes: usage(10, 4) })
    const other = testSpan({ traceId: root.traceId, parentSpanId: root.spanId, attributes: usage(1, 2) })
    await record(inner, other)
    await record(agent, root)
    await record(inner)
    expect(JSON.parse((await infoOf(root)).metadata['mlflow.trace.tokenUsage'] ?? '')).toEqual({
      input_tokens: 11,
      output_tokens: 6,
      total_tokens: 17,
    })
  })

  test('stores what PostgreSQL cannot hold as replacement characters', async () => {
    const root = testSpan({ name: 'a\0b', attributes: { text: 'x\0y\\u0000', half: '\ud800' } })
    await record(root)
    const [span] = await spansOf(root)
    expect(span).toMatchObject({ name: 'a\ufffdb', attributes: { text: 'x\ufffdy\\u0000', half: '\ufffd' } })
    const found = await store.search.traces({
      experimentIds: ['0'],
      maxResults: 10,
      filter: "span.attributes.half LIKE '%'",
    })
    expect(found.items.map((info) => info.traceId)).toContain(`tr-${root.traceId}`)
  })

  test('takes ten thousand spans of one trace, in batches that overlap', async () => {
    const root = testSpan()
    const children = Array.from({ length: 10_000 }, () =>
      testSpan({ traceId: root.traceId, parentSpanId: root.spanId }),
    )
    await record(...children.slice(0, 6_000))
    await record(root, ...children.slice(4_000))
    expect(await spansOf(root)).toHaveLength(10_001)
  })
})

describe('spans and info of one trace at once', () => {
  const info = (root: Span) => ({
    traceId: `tr-${root.traceId}`,
    experimentId: '0',
    requestTimeMs: 1_800_000_000_000,
    executionDurationMs: 900,
    state: 'OK' as const,
    requestPreview: 'asked',
    metadata: { 'mlflow.trace.tokenUsage': '{"total_tokens":5}' },
    tags: { own: 'tag' },
  })
  const told = { state: 'OK', executionDurationMs: 900, requestPreview: 'asked', tags: { own: 'tag' } }

  test('agree when the info comes first', async () => {
    const root = testSpan({
      status: { code: 'ERROR', message: '' },
      attributes: { 'gen_ai.usage.input_tokens': 7 },
    })
    await store.traces.start(info(root))
    await record(root)
    const read = await infoOf(root)
    expect(read).toMatchObject(told)
    expect(read.metadata['mlflow.trace.tokenUsage']).toBe('{"total_tokens":5}')
  })

  test('agree when the spans come first', async () => {
    const root = testSpan({ status: { code: 'ERROR', message: '' } })
    await record(root)
    expect(await store.traces.start(info(root))).toMatchObject(told)
    expect((await infoOf(root)).tags).toMatchObject({ 'mlflow.traceName': 'span', own: 'tag' })
  })

  test('agree when another process had the first of both', async () => {
    const other = await openStore({ databaseUrl, log: silentLog })
    const [told, sent] = [testSpan(), testSpan()]
    await other.traces.start(info(told))
    await other.spans.record({ experimentId: '0', spans: [sent] })
    await other.close()
    const childOf = (root: Span) => testSpan({ traceId: root.traceId, parentSpanId: root.spanId })
    await record(childOf(told), childOf(sent), testSpan())
    expect(await infoOf(told)).toMatchObject({ state: 'OK', requestPreview: 'asked' })
    expect(await spansOf(sent)).toHaveLength(2)
    expect((await infoOf(sent)).tags).toMatchObject({ 'mlflow.traceName': 'span' })
  })

  test('never deadlock and lose nothing, from many connections and in any order', async () => {
    const roots = Array.from({ length: 8 }, () => testSpan())
    const children = roots.map((root) =>
      Array.from({ length: 5 }, () => testSpan({ traceId: root.traceId, parentSpanId: root.spanId })),
    )
    const shuffled = <Item>(items: Item[]) => items.toSorted(() => Math.random() - 0.5)
    const work = shuffled([
      ...roots.flatMap((root) => [() => store.traces.start(info(root)), () => record(root)]),
      ...Array.from(
        { length: 12 },
        () => () => record(...shuffled([...roots.map(open), ...roots, ...children.flat()])),
      ),
    ])
    await Promise.all(work.map((step) => step()))
    for (const root of roots) {
      expect(await spansOf(root)).toHaveLength(6)
      expect(await infoOf(root)).toMatchObject(told)
    }
    const { items } = await store.summaries.list({
      experimentIds: ['0'],
      maxResults: 8,
      filter: `request_id IN (${roots.map((root) => `'tr-${root.traceId}'`).join(',')})`,
    })
    expect(items.map((summary) => summary.spanCount)).toEqual(roots.map(() => 6))
  })
})

describe('turns', () => {
  test('are summed up for lists, and each is queued for the judge once', async () => {
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
    const delivered: string[] = []
    const worker = await store.queue.workTurns(async ({ traceId, spanId }) => {
      if (traceId === `tr-${root.traceId}`) delivered.push(spanId)
    })
    await expect
      .poll(() => delivered.toSorted(), { timeout: 5_000 })
      .toEqual([first.spanId, second.spanId].toSorted())
    await worker.stop()
    await worker.stop()
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

  test('are judged again when judging fails', async () => {
    const root = testSpan({ name: 'conversation' })
    const turn = testTurn(root, { 'turn.number': 1 })
    await record(root, turn)
    const attempts: number[] = []
    const worker = await store.queue.workTurns(async ({ spanId, retryCount }) => {
      if (spanId !== turn.spanId) return
      attempts.push(retryCount)
      if (retryCount === 0) throw new Error('the model is away')
    })
    await expect.poll(() => attempts, { timeout: 15_000 }).toEqual([0, 1])
    await worker.stop()
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
