import type { Span } from '@voxtrace/model'
import { describe, expect, test } from 'vitest'
import { openStore } from './store.ts'
import { testSpan } from './test-spans.ts'
import { silentLog, storeOfFile } from './testing.ts'

const { store, databaseUrl } = await storeOfFile()

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
