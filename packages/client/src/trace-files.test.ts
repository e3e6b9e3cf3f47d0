import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createClient } from './index.ts'
import { isRecord } from './outcome.ts'
import { type Behaviour, MisbehavingServer, type Received } from './testing/misbehaving-server.ts'

let server: MisbehavingServer

beforeEach(async () => {
  server = await new MisbehavingServer().start()
})

afterEach(() => server.stop())

/** As MLflow's server with a file store: no OTLP, and spans in a file among a trace's artifacts. */
function withoutOtlp(request: Received): Behaviour {
  const json = (status: number, body: object): Behaviour => ({
    kind: 'status',
    status,
    body: JSON.stringify(body),
  })
  if (request.path === '/v1/traces') return json(501, { detail: 'not supported' })
  if (request.method === 'GET' && request.path.startsWith('/api/3.0/mlflow/traces/')) {
    return json(404, { error_code: 'RESOURCE_DOES_NOT_EXIST' })
  }
  if (request.path === '/api/3.0/mlflow/traces' && isRecord(request.body) && isRecord(request.body.trace)) {
    const info = isRecord(request.body.trace.trace_info) ? request.body.trace.trace_info : {}
    const tags = { 'mlflow.artifactLocation': `mlflow-artifacts:/0/${info.trace_id}/artifacts` }
    return json(200, { trace: { trace_info: { ...info, tags } } })
  }
  return request.method === 'PUT' ? json(200, {}) : { kind: 'answer' }
}

describe('a server without OTLP', () => {
  it('gets each trace as its info and a file of its spans', async () => {
    server.behave = withoutOtlp
    const client = createClient({ trackingUri: server.uri, experimentId: '0' })
    const root = client.startSpan({
      name: 'root',
      inputs: { question: 'why' },
      attributes: { n: 1, text: 'x' },
    })
    client.startSpan({ name: 'child', parent: root }).end()
    root.end()
    await client.flush()
    await client.shutdown()
    const put = server.received.filter(({ method }) => method === 'PUT').at(-1)
    expect(put?.path).toBe(`/api/2.0/mlflow-artifacts/artifacts/0/${root.traceId}/artifacts/traces.json`)
    expect(put?.body).toMatchObject({
      spans: [
        { name: 'child', parent_span_id: Buffer.from(root.spanId, 'hex').toString('base64') },
        {
          name: 'root',
          span_id: Buffer.from(root.spanId, 'hex').toString('base64'),
          status: { code: 'STATUS_CODE_OK' },
          attributes: { 'mlflow.spanInputs': '{"question":"why"}', n: '1', text: '"x"' },
        },
      ],
    })
    expect(client.stats()).toMatchObject({ delivered: { spans: 2 }, dropped: { refused: { spans: 0 } } })
  })
})
