import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Client, createClient } from '@voxtrace/client'
import { type Server, startServer } from '@voxtrace/server'
import { openStore, type Store } from '@voxtrace/store'
import { createTestDatabase, silentLog, type TestDatabase } from '@voxtrace/store/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { lastingPort } from '../packages/client/src/testing/lasting-port.ts'

let database: TestDatabase
let store: Store
let server: Server
let directory: string
let port: number

async function start(): Promise<void> {
  server = await startServer({
    host: '127.0.0.1',
    port,
    databaseUrl: database.databaseUrl,
    artifactDirectory: join(directory, 'artifacts'),
    webDirectory: null,
    botUrl: null,
    version: '3.4.0',
    log: silentLog,
  })
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'voxtrace-client-'))
  database = await createTestDatabase()
  store = await openStore({ databaseUrl: database.databaseUrl, log: silentLog })
  port = await lastingPort()
  await start()
})

afterAll(async () => {
  await server.close()
  await store.close()
  await database.drop()
  await rm(directory, { recursive: true, force: true })
})

const traceAnswer = z.object({
  info: z.looseObject({
    state: z.string(),
    experimentId: z.string(),
    metadata: z.record(z.string(), z.string()),
    tags: z.record(z.string(), z.string()),
    assessments: z.array(z.looseObject({ name: z.string(), value: z.unknown() })),
  }),
  spans: z.array(
    z.looseObject({
      spanId: z.string(),
      parentSpanId: z.string().nullable(),
      name: z.string(),
      startTimeUnixNano: z.string(),
      endTimeUnixNano: z.string().nullable(),
      attributes: z.record(z.string(), z.unknown()),
    }),
  ),
})

async function readTrace(traceId: string): Promise<z.infer<typeof traceAnswer>> {
  const response = await fetch(`${server.url}/api/voxtrace/traces/${traceId}`)
  expect(response.status).toBe(200)
  return traceAnswer.parse(await response.json())
}

const runAnswer = z.object({
  run: z.object({
    info: z.looseObject({ status: z.string(), run_name: z.string() }),
    data: z.looseObject({
      metrics: z.array(z.looseObject({ key: z.string(), value: z.number() })).optional(),
      params: z.array(z.object({ key: z.string(), value: z.string() })).optional(),
    }),
  }),
})

async function readRun(runId: string | null): Promise<z.infer<typeof runAnswer>['run']> {
  const response = await fetch(`${server.url}/api/2.0/mlflow/runs/get?run_id=${runId}`)
  return runAnswer.parse(await response.json()).run
}

function newClient(spillDirectory?: string): Client {
  return createClient({
    trackingUri: server.url,
    experimentName: 'voice-bot',
    announceDelayMs: 40,
    maxBackoffMs: 100,
    ...(spillDirectory === undefined ? {} : { spillDirectory }),
  })
}

describe('the tracing client against the tracking server', () => {
  it('shows a conversation while it grows, and keeps all of it', async () => {
    const client = newClient()
    const run = client.startRun({ runName: 'call' })
    run.logParam('stt.model', 'moonshine')
    const conversation = client.startSpan({
      name: 'conversation',
      run,
      traceMetadata: { 'mlflow.trace.session': 'session-1', 'mlflow.trace.user': 'ada' },
      traceTags: { channel: 'web' },
    })
    await expect
      .poll(async () => (await fetch(`${server.url}/api/voxtrace/traces/${conversation.traceId}`)).status)
      .toBe(200)
    await expect.poll(async () => (await readTrace(conversation.traceId)).spans.length).toBe(1)
    const open = await readTrace(conversation.traceId)
    expect(open.info.state).toBe('IN_PROGRESS')
    expect(open.spans[0]?.endTimeUnixNano).toBeNull()

    const turn = client.startSpan({
      name: 'turn',
      parent: conversation,
      startTimeNs: 1_790_000_000_000_000_001n,
    })
    const generation = client.startSpan({
      name: 'llm_generation',
      spanType: 'LLM',
      parent: turn,
      inputs: { messages: [{ role: 'user', content: 'How?' }] },
    })
    generation.end({ outputs: { response: 'So.' }, attributes: { 'llm.ttft_ms': 12.5 } })
    turn.end({ endTimeNs: 1_790_000_000_900_000_002n })
    run.logMetric('llm.ttft_ms', 12.5, { step: 1 })
    conversation.end()
    run.end()
    client.logFeedback({ traceId: conversation.traceId, spanId: turn.spanId, name: 'judge.tone', value: 4 })
    await client.flush()
    await client.shutdown()

    const { info, spans } = await readTrace(conversation.traceId)
    expect(info).toMatchObject({
      state: 'OK',
      metadata: {
        'mlflow.sourceRun': run.runId,
        'mlflow.trace.session': 'session-1',
        'mlflow.trace.user': 'ada',
      },
      tags: { 'mlflow.traceName': 'conversation', channel: 'web' },
      assessments: [{ name: 'judge.tone', value: 4 }],
    })
    const byName = new Map(spans.map((span) => [span.name, span]))
    expect(byName.get('turn')).toMatchObject({
      parentSpanId: conversation.spanId,
      startTimeUnixNano: '1790000000000000001',
      endTimeUnixNano: '1790000000900000002',
    })
    expect(byName.get('llm_generation')).toMatchObject({
      parentSpanId: turn.spanId,
      attributes: { 'mlflow.spanOutputs': '{"response":"So."}', 'llm.ttft_ms': 12.5 },
    })
    const kept = await readRun(run.runId)
    expect(kept.info).toMatchObject({ status: 'FINISHED', run_name: 'call' })
    expect(kept.data.metrics).toMatchObject([{ key: 'llm.ttft_ms', value: 12.5 }])
    expect(kept.data.params).toEqual([{ key: 'stt.model', value: 'moonshine' }])
    expect(client.stats().dropped.refused).toEqual({ spans: 0, metrics: 0, other: 0 })
  })

  it.each([
    ['in memory', false],
    ['on disk', true],
  ])('loses nothing and doubles nothing when the server restarts meanwhile, kept %s', async (_, onDisk) => {
    const client = newClient(onDisk ? join(directory, 'spill') : undefined)
    const run = client.startRun({ runName: 'restart' })
    const conversation = client.startSpan({ name: 'conversation', run })
    const ids = [conversation.spanId]
    for (let number = 1; number <= 30; number++) {
      if (number === 10) await server.close()
      if (number === 20) await start()
      const turn = client.startSpan({
        name: 'turn',
        parent: conversation,
        attributes: { 'turn.number': number },
      })
      ids.push(turn.spanId)
      run.logMetric('turn.number', number, { step: number })
      await new Promise((resolve) => setTimeout(resolve, 10))
      turn.end()
    }
    conversation.end()
    run.end()
    await expect.poll(() => client.stats().delivered.spans).toBe(ids.length)
    await client.flush()
    await client.shutdown()
    const { info, spans } = await readTrace(conversation.traceId)
    expect(spans.map((span) => span.spanId).sort()).toEqual(ids.sort())
    expect(spans.every((span) => span.endTimeUnixNano !== null)).toBe(true)
    expect(info.metadata).toMatchObject({ 'mlflow.sourceRun': run.runId })
    expect((await readRun(run.runId)).info.status).toBe('FINISHED')
    const history = await fetch(
      `${server.url}/api/2.0/mlflow/metrics/get-history?run_id=${run.runId}&metric_key=turn.number`,
    )
    const { metrics } = z.object({ metrics: z.array(z.unknown()) }).parse(await history.json())
    expect(metrics.length).toBe(30)
    expect(client.stats().dropped.refused).toEqual({ spans: 0, metrics: 0, other: 0 })
  })

  it('records a judgement that failed as an error', async () => {
    const client = newClient()
    const span = client.startSpan({ name: 'span' })
    span.end()
    client.logFeedback({
      traceId: span.traceId,
      name: 'judge.tone',
      error: { code: 'X', message: 'could not' },
    })
    await client.flush()
    await client.shutdown()
    const { info } = await readTrace(span.traceId)
    expect(info.assessments).toMatchObject([
      { name: 'judge.tone', error: { code: 'X', message: 'could not' } },
    ])
  })
})
