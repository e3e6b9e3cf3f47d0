import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { jsonFrom, startTrackingServer, type TrackingServer } from './testing.ts'

let server: TrackingServer
beforeAll(async () => {
  server = await startTrackingServer()
})
afterAll(() => server.stop())

const get: TrackingServer['get'] = (...request) => server.get(...request)
const post: TrackingServer['post'] = (...request) => server.post(...request)

describe('MLflow REST', () => {
  test('answers under /api and /ajax-api, with MLflow\u2019s errors', async () => {
    for (const prefix of ['/api', '/ajax-api']) {
      const missing = await get(`${prefix}/2.0/mlflow/experiments/get`)
      expect([missing.status, await jsonFrom(missing)]).toEqual([
        400,
        {
          error_code: 'INVALID_PARAMETER_VALUE',
          message:
            "Missing value for required parameter 'experiment_id'. See the API docs for more information about request parameters.",
        },
      ])
    }
    const wrong = await post('/api/2.0/mlflow/runs/log-batch', {
      run_id: 'x',
      metrics: [{ key: 'a', value: 1, timestamp: 'soon' }],
    })
    expect((await jsonFrom(wrong)).message).toMatch(
      /^Invalid value "soon" for parameter 'metrics\[0\]\.timestamp' supplied/,
    )
    const unread = await post('/api/2.0/mlflow/runs/create', '{"a":')
    expect([unread.status, (await jsonFrom(unread)).error_code]).toEqual([400, 'BAD_REQUEST'])
  })

  test('answers unknown endpoints with a 404 that is not JSON, so that clients fall back', async () => {
    const answer = await post('/api/2.0/mlflow/no-such-thing', {})
    expect(answer.status).toBe(404)
    expect(answer.headers.get('content-type')).toMatch('text/plain')
  })

  test('holds MLflow\u2019s limits on a batch', async () => {
    const { run } = await jsonFrom(await post('/api/2.0/mlflow/runs/create', { experiment_id: '0' }))
    const params = Array.from({ length: 101 }, (_, index) => ({ key: `p${index}`, value: '1' }))
    const answer = await post('/api/2.0/mlflow/runs/log-batch', { run_id: run.info.run_id, params })
    expect([answer.status, (await jsonFrom(answer)).message]).toEqual([
      400,
      expect.stringContaining('at most 100 params. Got 101 params'),
    ])
    const metrics = [{ key: 'm', value: 'Infinity', timestamp: 1, step: 0 }]
    await post('/api/2.0/mlflow/runs/log-batch', { run_id: run.info.run_id, metrics })
    const read = await jsonFrom(await get(`/api/2.0/mlflow/runs/get?run_id=${run.info.run_id}`))
    expect(read.run.data.metrics[0].value).toBe(Number.MAX_VALUE)
  })

  test('records the spans that MLflow\u2019s TypeScript SDK uploads as a file, whose trace its name tells', async () => {
    const traceId = randomBytes(16).toString('hex')
    const span = {
      // The SDK reads `tr-…` as hex digits.
      trace_id: Buffer.from(`00f${traceId.slice(0, 29)}`, 'hex').toString('base64'),
      span_id: randomBytes(8).toString('base64'),
      parent_span_id: '',
      name: 'from-file',
      status: { code: 'STATUS_CODE_OK', message: '' },
      attributes: {
        'mlflow.traceRequestId': `tr-${traceId}`,
        'mlflow.spanOutputs': 'in words',
        count: 3,
        stop: ['a'],
      },
      events: [],
      links: [{ trace_id: `tr-${traceId}`, span_id: '00f067aa0ba902b7', attributes: null }],
    }
    const times = '"start_time_unix_nano":1800000000000000001,"end_time_unix_nano":1800000000000000002'
    const file = `{"spans":[${JSON.stringify(span).slice(0, -1)},${times}}]}`
    const path = `/api/2.0/mlflow-artifacts/artifacts/0/traces/tr-${traceId}/artifacts/traces.json`
    expect((await get(path, { method: 'PUT', body: file })).status).toBe(200)
    expect(await (await get(path)).text()).toBe(file)
    const { spans } = await jsonFrom(await get(`/api/voxtrace/traces/tr-${traceId}`))
    expect(spans).toMatchObject([
      {
        name: 'from-file',
        traceId,
        startTimeUnixNano: '1800000000000000001',
        attributes: { 'mlflow.spanOutputs': '"in words"', count: 3, stop: ['a'] },
        links: [{ traceId, spanId: '00f067aa0ba902b7' }],
      },
    ])
  })

  test('records the spans of a file whose attributes are JSON texts, as those of MLflow\u2019s Python SDK are', async () => {
    const traceId = randomBytes(16)
    const file = `{"spans":[{"trace_id":"${traceId.toString('base64')}","span_id":"${randomBytes(8).toString('base64')}",
      "parent_span_id":null,"name":"from-file","start_time_unix_nano":1800000000000000001,
      "end_time_unix_nano":1800000000000000002,"status":{"code":"STATUS_CODE_OK","message":""},
      "attributes":{"mlflow.spanInputs":"{\\"a\\":1}"},"events":[]}]}`
    const path = `/api/2.0/mlflow-artifacts/artifacts/0/traces/tr-${traceId.toString('hex')}/artifacts/traces.json`
    expect((await get(path, { method: 'PUT', body: file })).status).toBe(200)
    const { spans } = await jsonFrom(await get(`/api/voxtrace/traces/tr-${traceId.toString('hex')}`))
    expect(spans[0]).toMatchObject({ name: 'from-file', attributes: { 'mlflow.spanInputs': '{"a":1}' } })
  })

  test('lets no upload out of its directory', async () => {
    const { hostname, port } = new URL(server.url)
    for (const path of ['../../out', '%2e%2e/out', 'a/..%2f..%2fout', 'a%5c..%5cout', '/etc/out', 'a//b']) {
      const status = await new Promise((resolve) => {
        // Not fetch, which would tidy the path up.
        httpRequest(
          { hostname, port, method: 'PUT', path: `/api/2.0/mlflow-artifacts/artifacts/${path}` },
          (answer) => {
            answer.resume()
            resolve(answer.statusCode)
          },
        ).end('x')
      })
      expect([path, status]).toEqual([path, 400])
    }
    expect(await readdir(server.directory)).not.toContain('out')
  })
})
