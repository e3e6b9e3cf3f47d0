import { randomUUID } from 'node:crypto'
import type { Span } from '@voxtrace/model'
import type { DashboardMetric } from '@voxtrace/protocol'
import { describe, expect, test } from 'vitest'
import { testSpan, testTurn } from '../test-spans.ts'
import { storeOfFile } from '../testing.ts'

const { store } = await storeOfFile()

const hourMs = 3_600_000
const beginMs = 1_800_000_000_000 - (1_800_000_000_000 % hourMs)
const ns = (ms: number) => BigInt(ms) * 1_000_000n

async function newExperiment(): Promise<string> {
  return store.experiments.create({ name: randomUUID() })
}

async function read(experimentId: string, metric: DashboardMetric, change: object = {}) {
  await store.dashboards.settle()
  const { series } = await store.dashboards.read({
    experimentId,
    metrics: [metric],
    fromMs: beginMs,
    toMs: beginMs + 48 * hourMs,
    stepMs: hourMs,
    ...change,
  })
  return series
}

/** A conversation with one turn for each time, its voice-to-voice milliseconds. */
function conversation(atMs: number, times: number[]): Span[] {
  const root = testSpan({
    name: 'conversation',
    startTimeUnixNano: ns(atMs),
    endTimeUnixNano: ns(atMs + 60_000),
  })
  const turns = times.map((time, index) =>
    testTurn(
      root,
      { 'turn.number': index + 1, 'turn.voice_to_voice_ms': time },
      { startTimeUnixNano: ns(atMs + index), endTimeUnixNano: ns(atMs + index + 5_000) },
    ),
  )
  return [root, ...turns]
}

describe('figures of dashboards', () => {
  test('give percentiles within 4 % of the exact ones, by hour and over all', async () => {
    const experimentId = await newExperiment()
    const times = Array.from({ length: 200 }, (_, index) => 300 + index * 10)
    await store.spans.record({ experimentId, spans: conversation(beginMs, times.slice(0, 100)) })
    await store.spans.record({ experimentId, spans: conversation(beginMs + 5 * hourMs, times.slice(100)) })
    const [series] = await read(experimentId, 'voice_to_voice_ms')
    expect(series?.points.map(({ startMs, count }) => [startMs, count])).toEqual([
      [beginMs, 100],
      [beginMs + 5 * hourMs, 100],
    ])
    expect(series?.total.count).toBe(200)
    expect(series?.total.mean).toBeCloseTo(1295, 6)
    for (const [share, found] of [
      [0.5, series?.total.p50],
      [0.9, series?.total.p90],
      [0.99, series?.total.p99],
    ] as const) {
      const exact = times[Math.floor(share * 199)] ?? 0
      expect(Math.abs((found ?? 0) / exact - 1)).toBeLessThan(0.041)
    }
    expect(series?.histogram.reduce((sum, { count }) => sum + count, 0)).toBe(200)
  })

  test('give the exact percentiles of few turns that differ', async () => {
    const experimentId = await newExperiment()
    await store.spans.record({ experimentId, spans: conversation(beginMs, [383, 547, 1290]) })
    expect((await read(experimentId, 'voice_to_voice_ms'))[0]?.total).toMatchObject({
      p50: 547,
      p90: 1290,
      p99: 1290,
      mean: 740,
    })
    await store.spans.record({ experimentId, spans: conversation(beginMs, [383]) })
    expect((await read(experimentId, 'voice_to_voice_ms'))[0]?.total).toMatchObject({ p50: 383, count: 4 })
  })

  test('tell apart scores that differ by a tenth', async () => {
    const experimentId = await newExperiment()
    const root = testSpan({ startTimeUnixNano: ns(beginMs) })
    await store.spans.record({ experimentId, spans: [root] })
    for (const value of [4.4, 4.5, 4.5, 0, 1 / 3]) {
      await store.assessments.create({
        traceId: `tr-${root.traceId}`,
        kind: 'feedback',
        source: { type: 'CODE', id: 'x' },
        name: 'judge.tone',
        value,
      })
    }
    const [series] = await read(experimentId, 'score', { groupBy: 'name' })
    expect(series?.histogram).toEqual([
      { from: 0, to: 0, count: 1 },
      { from: expect.closeTo(0.33, 1), to: expect.closeTo(0.33, 1), count: 1 },
      { from: 4.4, to: 4.4, count: 1 },
      { from: 4.5, to: 4.5, count: 2 },
    ])
    expect(series?.total).toMatchObject({ p50: 4.4, p99: 4.5 })
  })

  test('count nothing twice, whatever is sent again, in parts or at once', async () => {
    const experimentId = await newExperiment()
    const spans = conversation(beginMs, [500, 700, 900])
    const [root, ...turns] = spans
    if (root === undefined) throw new Error('there is no root')
    const open = { ...root, endTimeUnixNano: null }
    await store.spans.record({ experimentId, spans: [open, ...turns.slice(0, 1)] })
    await store.dashboards.settle()
    await Promise.all(
      Array.from({ length: 4 }, () => store.spans.record({ experimentId, spans: spans.toReversed() })),
    )
    await store.dashboards.settle()
    await store.spans.record({ experimentId, spans })
    expect((await read(experimentId, 'traces'))[0]?.total.count).toBe(1)
    expect((await read(experimentId, 'spans'))[0]?.total.count).toBe(4)
    expect((await read(experimentId, 'turns'))[0]?.total.count).toBe(3)
    expect((await read(experimentId, 'voice_to_voice_ms'))[0]?.total).toMatchObject({ count: 3, sum: 2100 })
    expect((await read(experimentId, 'trace_ms'))[0]?.total).toMatchObject({ count: 1, sum: 60_000 })
  })

  test('separate models, tags and judges, and follow what is changed and deleted', async () => {
    const experimentId = await newExperiment()
    const root = testSpan({ startTimeUnixNano: ns(beginMs) })
    const call = (model: string, input: number) =>
      testSpan({
        traceId: root.traceId,
        parentSpanId: root.spanId,
        startTimeUnixNano: ns(beginMs),
        attributes: {
          'gen_ai.operation.name': 'chat',
          'gen_ai.request.model': model,
          'gen_ai.usage.input_tokens': input,
          'gen_ai.response.time_to_first_chunk': input / 1000,
        },
      })
    await store.spans.record({
      experimentId,
      spans: [root, call('small', 10), call('large', 100), call('large', 200)],
    })
    const traceId = `tr-${root.traceId}`
    await store.traces.setTag(traceId, 'campaign', 'spring')
    const source = { type: 'LLM_JUDGE', id: 'judge' } as const
    const score = { traceId, kind: 'feedback', source } as const
    const first = await store.assessments.create({ ...score, name: 'judge.tone', value: 4 })
    await store.assessments.create({ ...score, name: 'judge.tone', value: 2, overrides: first.assessmentId })
    await store.assessments.create({ ...score, name: 'polite', value: 'yes' })

    const groups = async (metric: DashboardMetric, groupBy: string) =>
      (await read(experimentId, metric, { groupBy })).map(({ group, total }) => [
        group,
        total.count,
        total.sum,
      ])
    expect(await groups('input_tokens', 'model')).toEqual([
      ['large', 2, 300],
      ['small', 1, 10],
    ])
    expect(await groups('first_token_ms', 'model')).toEqual([
      ['large', 2, 300],
      ['small', 1, 10],
    ])
    expect(new Set((await groups('score', 'name')).map(String))).toEqual(
      new Set(['judge.tone,1,2', 'polite,1,1']),
    )
    expect(await groups('traces', 'tag:campaign')).toEqual([['spring', 1, 1]])
    await store.traces.setTag(traceId, 'campaign', 'autumn')
    expect(await groups('traces', 'tag:campaign')).toEqual([['autumn', 1, 1]])
    await store.traces.delete({ experimentId, traceIds: [traceId] })
    for (const metric of ['traces', 'spans', 'score', 'input_tokens'] as const)
      expect((await read(experimentId, metric))[0]?.total.count).toBe(0)
  })

  test('add up tokens and costs by model, those of a parent that sums up its children once', async () => {
    const experimentId = await newExperiment()
    const root = testSpan({
      startTimeUnixNano: ns(beginMs),
      attributes: { 'llm.cost.total': 3, 'llm.token_count.total': 30 },
    })
    const call = (parent: Span, model: string, cost: number) =>
      testSpan({
        traceId: root.traceId,
        parentSpanId: parent.spanId,
        startTimeUnixNano: ns(beginMs),
        attributes: { 'llm.model_name': model, 'llm.cost.total': cost, 'llm.token_count.total': cost * 10 },
      })
    const large = call(root, 'large', 2)
    await store.spans.record({
      experimentId,
      spans: [root, call(root, 'small', 1), large, call(large, 'inner', 2)],
    })
    const groups = async (metric: DashboardMetric) =>
      (await read(experimentId, metric, { groupBy: 'model' })).map(({ group, total }) => [group, total.sum])
    for (const [metric, times] of [
      ['total_cost', 1],
      ['total_tokens', 10],
    ] as const) {
      expect((await read(experimentId, metric))[0]?.total).toMatchObject({ count: 1, sum: 3 * times })
      expect(new Set((await groups(metric)).map(String))).toEqual(
        new Set([`large,${2 * times}`, `small,${times}`]),
      )
    }
    expect((await read(experimentId, 'model_ms'))[0]?.total.count).toBe(3)
  })

  test('show what is said of a whole conversation in its own right, and no part of it in the mean over turns', async () => {
    const experimentId = await newExperiment()
    const spans = conversation(beginMs, [500])
    const [root, turn] = spans
    if (root === undefined || turn === undefined) throw new Error('there is no turn')
    await store.spans.record({ experimentId, spans })
    const traceId = `tr-${root.traceId}`
    await store.traces.setTag(traceId, 'release', 'one')
    for (const [name, spanId, value, type] of [
      ['judge.tone', turn.spanId, 4, 'LLM_JUDGE'],
      ['judge.calm', null, 1, 'LLM_JUDGE'],
      ['judge.goal_completion', null, 2, 'LLM_JUDGE'],
      ['judge.retention', null, 1, 'HUMAN'],
      ['judge.tone', turn.spanId, 5, 'HUMAN'],
    ] as const) {
      await store.assessments.create({
        traceId,
        spanId,
        name,
        value,
        kind: 'feedback',
        source: { type, id: 'someone' },
      })
    }
    const means = async (metric: DashboardMetric, groupBy?: string) =>
      (await read(experimentId, metric, groupBy === undefined ? {} : { groupBy }))
        .map(({ group, total }) => [group, total.mean])
        .toSorted()
    expect(await means('score')).toEqual([[null, 4]])
    expect(await means('human_score')).toEqual([[null, 5]])
    expect(await means('score', 'tag:release')).toEqual([['one', 4]])
    expect(await means('score', 'name')).toEqual([
      ['judge.calm', 1],
      ['judge.goal_completion', 2],
      ['judge.tone', 4],
    ])
    expect(await means('human_score', 'name')).toEqual([
      ['judge.retention', 1],
      ['judge.tone', 5],
    ])
  })

  test('keep what people scored apart from what judges did', async () => {
    const experimentId = await newExperiment()
    const root = testSpan({ startTimeUnixNano: ns(beginMs) })
    await store.spans.record({ experimentId, spans: [root] })
    for (const [type, value] of [
      ['LLM_JUDGE', 4],
      ['CODE', 2],
      ['HUMAN', 1],
    ] as const) {
      await store.assessments.create({
        traceId: `tr-${root.traceId}`,
        kind: 'feedback',
        source: { type, id: 'x' },
        name: 'judge.tone',
        value,
      })
    }
    expect((await read(experimentId, 'score'))[0]?.total).toMatchObject({ count: 2, sum: 6 })
    expect((await read(experimentId, 'human_score', { groupBy: 'name' }))[0]).toMatchObject({
      group: 'judge.tone',
      total: { count: 1, sum: 1 },
    })
  })

  test('refuse a stretch of time that is empty or has too many steps', async () => {
    const stretch = (hours: number) => read('0', 'traces', { toMs: beginMs + hours * hourMs })
    await expect(stretch(0)).rejects.toThrow('to_ms must be later than from_ms')
    await expect(stretch(3000)).rejects.toThrow('more than 2000 steps')
  })
})
