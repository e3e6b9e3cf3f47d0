import { randomBytes } from 'node:crypto'
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { jsonFrom, startTrackingServer, type TrackingServer } from './testing.ts'

let server: TrackingServer
beforeAll(async () => {
  server = await startTrackingServer()
})
afterAll(() => server.stop())

const get: TrackingServer['get'] = (...request) => server.get(...request)
const post: TrackingServer['post'] = (...request) => server.post(...request)

function exportRequest(resource: Record<string, string> = {}) {
  const traceId = randomBytes(16).toString('hex')
  const span = {
    traceId,
    spanId: randomBytes(8).toString('hex'),
    name: 'work',
    startTimeUnixNano: '1800000000000000000',
    endTimeUnixNano: '1800000001000000000',
  }
  const attributes = Object.entries(resource).map(([key, value]) => ({ key, value: { stringValue: value } }))
  return { traceId, body: { resourceSpans: [{ resource: { attributes }, scopeSpans: [{ spans: [span] }] }] } }
}

async function experimentOf(traceId: string): Promise<string> {
  const answer = await get(`/api/voxtrace/traces/tr-${traceId}`)
  expect(answer.status).toBe(200)
  const { info } = await jsonFrom(answer)
  return (await jsonFrom(await get(`/api/2.0/mlflow/experiments/get?experiment_id=${info.experimentId}`)))
    .experiment.name
}

describe('POST /v1/traces', () => {
  test.each([
    ['identity', (bytes: Buffer) => bytes],
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
  ])('takes JSON with Content-Encoding %s', async (encoding, encode) => {
    const { traceId, body } = exportRequest()
    const answer = await post('/v1/traces', encode(Buffer.from(JSON.stringify(body))), {
      'content-encoding': encoding,
    })
    expect([answer.status, await jsonFrom(answer)]).toEqual([200, {}])
    expect(await experimentOf(traceId)).toBe('Default')
  })

  test('puts spans into the experiment of the header, of voxtrace.experiment, of the service, in that order', async () => {
    const { experiment_id } = await jsonFrom(
      await post('/api/2.0/mlflow/experiments/create', { name: 'named' }),
    )
    const resource = { 'service.name': 'my-service', 'voxtrace.experiment': 'voice-bot' }
    const byHeader = exportRequest(resource)
    await post('/v1/traces', byHeader.body, { 'x-mlflow-experiment-id': experiment_id })
    expect(await experimentOf(byHeader.traceId)).toBe('named')
    const byResource = exportRequest(resource)
    await post('/v1/traces', byResource.body)
    expect(await experimentOf(byResource.traceId)).toBe('voice-bot')
    const byService = exportRequest({ 'service.name': 'my-service' })
    await post('/v1/traces', byService.body)
    expect(await experimentOf(byService.traceId)).toBe('my-service')
    const unnamed = exportRequest({ 'service.name': 'unknown_service:node' })
    await post('/v1/traces', unnamed.body)
    expect(await experimentOf(unnamed.traceId)).toBe('Default')
  })

  test('takes the good spans of a request and tells of the others', async () => {
    const { traceId, body } = exportRequest()
    body.resourceSpans[0]?.scopeSpans[0]?.spans.push({
      ...exportRequest().body.resourceSpans[0]?.scopeSpans[0]?.spans[0],
      spanId: 'short',
    } as never)
    const answer = await post('/v1/traces', body)
    expect(answer.status).toBe(200)
    expect((await jsonFrom(answer)).partialSuccess.rejectedSpans).toBe('1')
    await experimentOf(traceId)
  })

  test('refuses what it cannot read, and says why', async () => {
    const detail = async (answer: Response) => [answer.status, (await jsonFrom(answer)).detail]
    expect(await detail(await post('/v1/traces', '{}', { 'content-type': 'text/plain' }))).toEqual([
      400,
      expect.stringContaining('Invalid Content-Type: text/plain'),
    ])
    expect(await detail(await post('/v1/traces', '{}', { 'content-encoding': 'br' }))).toEqual([
      400,
      'Unsupported Content-Encoding: br',
    ])
    expect(await detail(await post('/v1/traces', 'not gzip', { 'content-encoding': 'gzip' }))).toEqual([
      400,
      'Failed to decompress gzip payload',
    ])
    const bomb = gzipSync(Buffer.alloc(130 * 1024 * 1024))
    expect(await detail(await post('/v1/traces', bomb, { 'content-encoding': 'gzip' }))).toEqual([
      413,
      expect.stringContaining('larger than 128 MB'),
    ])
    expect(
      await detail(await post('/v1/traces', exportRequest().body, { 'x-mlflow-experiment-id': '99999' })),
    ).toEqual([404, 'No Experiment with id=99999 exists'])
  })
})
