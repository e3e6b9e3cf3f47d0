import { randomBytes, randomUUID } from 'node:crypto'
import type { Span } from '@voxtrace/model'
import { beforeEach, describe, expect, test } from 'vitest'
import { testSpan } from './test-spans.ts'
import { storeOfFile } from './testing.ts'

const { store } = await storeOfFile()

let experimentId: string
let root: Span
let failed: Span
let rootId: string
let failedId: string
const byPerson = { type: 'HUMAN', id: 'someone' } as const

beforeEach(async () => {
  experimentId = await store.experiments.create({ name: randomUUID() })
  root = testSpan({
    name: 'answer',
    startTimeUnixNano: 1_800_000_000_000_000_000n,
    attributes: { 'session.id': 's-1', temperature: 0.5, 'mlflow.spanType': '"AGENT"' },
  })
  failed = testSpan({
    name: 'refuse',
    startTimeUnixNano: 1_800_000_100_000_000_000n,
    status: { code: 'ERROR', message: 'no' },
  })
  rootId = `tr-${root.traceId}`
  failedId = `tr-${failed.traceId}`
  await store.spans.record({ experimentId, spans: [root, failed] })
})

const search = async (filter: string, orderBy: string[] = []) =>
  (await store.search.traces({ experimentIds: [experimentId], filter, orderBy, maxResults: 100 })).items.map(
    (info) => info.traceId,
  )

test('ids and names of a trace that are too long for an index are cut', async () => {
  const long = randomBytes(6000).toString('hex')
  const cut = long.slice(0, 500)
  const span = testSpan({ attributes: { 'session.id': long, 'user.id': long } })
  await store.spans.record({ experimentId: await store.experiments.idByName(long), spans: [span] })
  const metadata = { 'mlflow.trace.session': long, 'mlflow.trace.user': long, 'mlflow.sourceRun': long }
  const told = { traceId: `tr-${randomUUID()}`, experimentId, requestTimeMs: 1, state: 'OK' } as const
  await store.traces.start({ ...told, metadata: { ...metadata, note: long } })

  const [ofSpans, ofClient] = await store.traces.getMany([`tr-${span.traceId}`, told.traceId])
  expect(ofSpans?.metadata).toMatchObject({ 'mlflow.trace.session': cut, 'mlflow.trace.user': cut })
  expect(ofClient?.metadata).toMatchObject({
    'mlflow.trace.session': cut,
    'mlflow.sourceRun': cut,
    note: long,
  })
  expect((await store.experiments.get(ofSpans?.experimentId ?? '')).name).toBe(cut)
})

describe('assessments', () => {
  const tone = () => ({ traceId: rootId, name: 'judge.tone', kind: 'feedback', source: byPerson }) as const

  test('are created once under an id of the caller\u2019s', async () => {
    const first = await store.assessments.create({
      ...tone(),
      assessmentId: 'a-fixed',
      value: 4,
      rationale: 'warm',
    })
    const second = await store.assessments.create({ ...tone(), assessmentId: 'a-fixed', value: 1 })
    expect(second).toEqual(first)
    expect((await store.traces.get(rootId)).assessments).toEqual([first])
  })

  test('replace one another and come back', async () => {
    await store.assessments.create({ ...tone(), assessmentId: 'a-fixed', value: 4 })
    const other = await store.assessments.create({
      ...tone(),
      value: 2,
      overrides: 'a-fixed',
      metadata: { turn: '1' },
    })
    expect((await store.assessments.get(rootId, 'a-fixed')).valid).toBe(false)
    const changed = await store.assessments.update(rootId, other.assessmentId, {
      value: 3,
      metadata: { by: 'me' },
    })
    expect(changed).toMatchObject({ value: 3, metadata: { turn: '1', by: 'me' } })
    await store.assessments.delete(rootId, other.assessmentId)
    expect((await store.assessments.get(rootId, 'a-fixed')).valid).toBe(true)
    await expect(store.assessments.create({ ...tone(), value: 1, overrides: 'a-none' })).rejects.toThrow(
      `Assessment with ID 'a-none' not found for trace '${rootId}'`,
    )
    await expect(store.assessments.create({ ...tone(), traceId: 'tr-none', value: 1 })).rejects.toThrow(
      "Trace with ID 'tr-none' not found.",
    )
  })

  test('hold errors without values; what judges found is summed up by name, without what people did', async () => {
    const judged = { ...tone(), source: { type: 'LLM_JUDGE', id: 'gpt-4o' } } as const
    await store.assessments.create({ ...tone(), value: 1 })
    await store.assessments.create({ ...judged, value: 4 })
    await store.assessments.create({ ...judged, value: 2 })
    await store.assessments.create({ ...judged, error: { code: 'TIMEOUT', message: 'too slow' } })
    const { items } = await store.summaries.list({
      experimentIds: [experimentId],
      filter: `request_id = '${rootId}'`,
      maxResults: 1,
    })
    expect(items[0]?.scores).toEqual([{ name: 'judge.tone', mean: 3, lowest: 2, count: 3, errors: 1 }])
    expect(items[0]?.info).not.toHaveProperty('assessments')
  })
})

describe('searching traces', () => {
  test('finds by every kind of field', async () => {
    for (const value of [1, 4]) {
      const source = { type: 'LLM_JUDGE', id: 'gpt-4o' } as const
      await store.assessments.create({ traceId: rootId, name: 'judge.tone', kind: 'feedback', source, value })
    }
    expect(await search("status = 'ERROR'")).toEqual([failedId])
    expect(await search("metadata.`mlflow.trace.session` = 's-1'")).toEqual([rootId])
    expect(await search("trace.name ILIKE 'ANSW%'")).toEqual([rootId])
    expect(await search("span.type = 'AGENT' AND span.status = 'UNSET'")).toEqual([rootId])
    expect(await search("span.attributes.temperature = '0.5'")).toEqual([rootId])
    expect(await search('span.attributes.temperature >= 0.4')).toEqual([rootId])
    expect(await search("span.content LIKE '%refuse%'")).toEqual([failedId])
    expect(await search("feedback.`judge.tone` = '4'")).toEqual([rootId])
    expect(await search('feedback.`judge.tone` < 3')).toEqual([rootId])
    expect(await search('feedback.`judge.tone` IS NULL')).toEqual([failedId])
    expect(await search('timestamp_ms > 1800000050000')).toEqual([failedId])
    expect(await search("NOT (name = 'answer') OR execution_time_ms < 0")).toEqual([failedId])
    expect(await search("name RLIKE '^ans'")).toEqual([rootId])
  })

  test('takes foreign text as text, never as SQL', async () => {
    expect(await search(`name = "x' OR 1=1 --"`)).toEqual([])
    expect(await search("tags.`'; DROP TABLE spans; --` = 'x'")).toEqual([])
    for (const field of ['name', 'span.name', 'tags.any', 'turn.user_text', 'span.attributes.any']) {
      await expect(search(`${field} RLIKE '('`)).rejects.toMatchObject({
        code: 'INVALID_PARAMETER_VALUE',
        message: expect.stringContaining("The pattern '(' of RLIKE is malformed"),
      })
    }
  })

  test('orders, newest first by default', async () => {
    expect(await search('')).toEqual([failedId, rootId])
    expect(await search('', ['timestamp_ms ASC'])).toEqual([rootId, failedId])
    expect(await search('', ['name ASC'])).toEqual([rootId, failedId])
  })
})

describe('traces', () => {
  test('carry tags, belong to runs, and are deleted whole', async () => {
    await store.traces.setTag(rootId, 'colour', 'green')
    expect(await search("tags.colour = 'green'")).toEqual([rootId])
    await store.traces.deleteTag(rootId, 'colour')
    await expect(store.traces.deleteTag(rootId, 'colour')).rejects.toThrow("No trace tag with key 'colour'")
    const { info } = await store.runs.create({ experimentId })
    await store.traces.linkToRun([rootId, rootId], info.runId)
    expect(await search(`run_id = '${info.runId}'`)).toEqual([rootId])
    expect((await store.traces.getMany([failedId, 'tr-none', rootId])).map((one) => one.traceId)).toEqual([
      failedId,
      rootId,
    ])
    expect(await store.traces.delete({ experimentId, maxTimestampMs: 1_800_000_050_000 })).toBe(1)
    expect(await store.spans.ofTrace(rootId)).toEqual([])
    await expect(store.traces.get(rootId)).rejects.toThrow(`Trace with ID '${rootId}' not found.`)
  })
})

describe('services', () => {
  test('are listed with what they last said', async () => {
    await store.services.report({ service: 'judge', instance: 'a', details: { model: 'one' } })
    await store.services.report({ service: 'judge', instance: 'a', details: { model: 'two' } })
    expect(await store.services.list()).toMatchObject([
      { service: 'judge', instance: 'a', details: { model: 'two' } },
    ])
    await store.services.leave('judge', 'a')
    expect(await store.services.list()).toEqual([])
  })
})
