import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createTestDatabase,
  openStallingProxy,
  type StallingProxy,
  silentLog,
  type TestDatabase,
} from '@voxtrace/store/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Server, startServer } from './server.ts'

let database: TestDatabase
let proxy: StallingProxy
let directory: string
let server: Server
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'voxtrace-hanging-'))
  database = await createTestDatabase()
  proxy = await openStallingProxy(database.databaseUrl)
  server = await startServer({
    host: '127.0.0.1',
    port: 0,
    databaseUrl: proxy.databaseUrl,
    longestAnswerMs: 5_000,
    artifactDirectory: directory,
    webDirectory: null,
    botUrl: null,
    version: '0.0.0',
    log: silentLog,
  })
})
afterAll(async () => {
  proxy.resume()
  await server.close()
  await proxy.close()
  await database.drop()
  await rm(directory, { recursive: true, force: true })
})

const traceId = `tr-${'ab'.repeat(16)}`
const span = {
  traceId: 'ab'.repeat(16),
  spanId: 'cd'.repeat(8),
  name: 's',
  startTimeUnixNano: '1800000000000000000',
  endTimeUnixNano: '1800000001000000000',
}
const assessment = {
  assessment_name: 'tone',
  feedback: { value: 1 },
  source: { source_type: 'HUMAN', source_id: 'x' },
}

/** One request of each kind that reads or writes the database. */
const requests: [method: string, path: string, body?: object][] = [
  ['POST', '/v1/traces', { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }],
  ['POST', '/api/2.0/mlflow/experiments/create', { name: 'hanging' }],
  ['POST', '/api/2.0/mlflow/experiments/search', { max_results: 10 }],
  ['GET', '/api/2.0/mlflow/experiments/get?experiment_id=0'],
  ['POST', '/api/2.0/mlflow/runs/create', { experiment_id: '0', start_time: 1 }],
  ['POST', '/api/2.0/mlflow/runs/search', { experiment_ids: ['0'] }],
  ['POST', '/api/2.0/mlflow/runs/log-metric', { run_id: 'a'.repeat(32), key: 'm', value: 1, timestamp: 1 }],
  ['GET', '/api/2.0/mlflow/metrics/get-history?run_id=a&metric_key=m'],
  ['GET', '/api/2.0/mlflow/registered-models/search?max_results=5'],
  ['GET', '/api/2.0/mlflow/model-versions/search?max_results=5'],
  [
    'POST',
    '/api/3.0/mlflow/traces/search',
    { locations: [{ type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: '0' } }] },
  ],
  ['GET', `/api/3.0/mlflow/traces/get?trace_id=${traceId}`],
  [
    'POST',
    '/api/3.0/mlflow/traces/delete-traces',
    { experiment_id: '0', max_timestamp_millis: 1, max_traces: 1 },
  ],
  ['PATCH', `/api/3.0/mlflow/traces/${traceId}/tags`, { key: 'k', value: 'v' }],
  [
    'POST',
    `/api/3.0/mlflow/traces/${traceId}/assessments`,
    { assessment: { ...assessment, trace_id: traceId } },
  ],
  ['GET', '/api/3.0/mlflow/scorers/list?experiment_id=0'],
  ['POST', '/api/3.0/mlflow/datasets/search', { max_results: 5 }],
  ['GET', '/api/voxtrace/traces?experiment_id=0'],
  ['GET', `/api/voxtrace/traces/${traceId}`],
  ['GET', `/api/voxtrace/traces/${traceId}/spans`],
  ['GET', '/api/voxtrace/sessions?experiment_id=0'],
  ['GET', '/api/voxtrace/dashboard?experiment_id=0&metric=traces'],
]

const ask = ([method, path, body]: (typeof requests)[number]) =>
  fetch(`${server.url}${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  })

describe('while the database hangs', () => {
  test('every request is answered 503 with Retry-After, and as ever once it answers again', async () => {
    for (const request of requests) {
      const { status } = await ask(request)
      expect([request[1], status]).not.toEqual([request[1], 503])
    }
    proxy.stall()
    const answers = await Promise.all(
      [...requests, ...requests].map(async (request) => {
        const answer = await ask(request)
        await answer.arrayBuffer()
        return [request[1], answer.status, answer.headers.get('retry-after')]
      }),
    )
    expect(answers).toEqual([...requests, ...requests].map(([, path]) => [path, 503, '5']))
    expect((await fetch(`${server.url}/health`)).status).toBe(200)
    proxy.resume()
    for (const path of ['/api/voxtrace/traces?experiment_id=0', '/api/voxtrace/sessions?experiment_id=0'])
      await expect.poll(async () => (await ask(['GET', path])).status).toBe(200)
    await expect.poll(async () => (await ask(requests[0] ?? ['GET', '/'])).status).toBe(200)
  })
})
