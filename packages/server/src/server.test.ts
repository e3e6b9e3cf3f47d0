import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer, request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { createTestDatabase, silentLog, type TestDatabase } from '@voxtrace/store/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Server, startServer } from './server.ts'

let database: TestDatabase
let directory: string
let server: Server
const bot = createServer((request, response) => {
  let body = ''
  request.on('data', (chunk) => {
    body += chunk
  })
  request.on('end', () => response.end(JSON.stringify({ method: request.method, url: request.url, body })))
})

async function start(change: { botUrl?: string | null; webDirectory?: string | null } = {}): Promise<Server> {
  return startServer({
    host: '127.0.0.1',
    port: 0,
    databaseUrl: database.databaseUrl,
    artifactDirectory: join(directory, 'artifacts'),
    webDirectory: null,
    botUrl: null,
    version: '0.1.0',
    log: silentLog,
    ...change,
  })
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'voxtrace-server-'))
  database = await createTestDatabase()
  await new Promise<void>((resolve) => bot.listen(0, '127.0.0.1', () => resolve()))
  const address = bot.address()
  const web = join(directory, 'web')
  await mkdir(join(web, 'assets'), { recursive: true })
  await writeFile(join(web, 'index.html'), '<title>app</title>')
  await writeFile(join(web, 'assets', 'index-abc123.js'), 'export {}')
  await writeFile(join(web, 'index.html.gz'), gzipSync('<title>app</title>'))
  await writeFile(join(web, 'assets', 'index-abc123.js.br'), brotliCompressSync('export {}'))
  server = await start({
    botUrl: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    webDirectory: web,
  })
})
afterAll(async () => {
  await server.close()
  bot.close()
  await database.drop()
  await rm(directory, { recursive: true, force: true })
})

/** The JSON of an answer, of whatever shape. */
const jsonFrom = async (answer: Response) => JSON.parse(await answer.text())
const get = (path: string, init?: RequestInit) => fetch(server.url + path, init)
const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  get(path, {
    method: 'POST',
    body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  })

function exportRequest(change: Record<string, unknown> = {}, resource: Record<string, string> = {}) {
  const traceId = randomBytes(16).toString('hex')
  const span = {
    traceId,
    spanId: randomBytes(8).toString('hex'),
    name: 'work',
    startTimeUnixNano: '1800000000000000000',
    endTimeUnixNano: '1800000001000000000',
    ...change,
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
    const byHeader = exportRequest({}, resource)
    await post('/v1/traces', byHeader.body, { 'x-mlflow-experiment-id': experiment_id })
    expect(await experimentOf(byHeader.traceId)).toBe('named')
    const byResource = exportRequest({}, resource)
    await post('/v1/traces', byResource.body)
    expect(await experimentOf(byResource.traceId)).toBe('voice-bot')
    const byService = exportRequest({}, { 'service.name': 'my-service' })
    await post('/v1/traces', byService.body)
    expect(await experimentOf(byService.traceId)).toBe('my-service')
    const unnamed = exportRequest({}, { 'service.name': 'unknown_service:node' })
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
    expect(await readdir(directory)).not.toContain('out')
  })
})

describe('the server', () => {
  test('tells its health and the version of MLflow that it speaks', async () => {
    expect(await (await get('/health')).text()).toBe('OK')
    expect(await (await get('/version')).text()).toMatch(/^3\.\d+\.\d+$/)
    const status = await jsonFrom(await get('/api/voxtrace/status'))
    expect(status).toMatchObject({
      version: '0.1.0',
      database: { reachable: true },
      bot: { configured: true },
    })
    expect(status.services.map((one: { service: string }) => one.service)).toContain('server')
  })

  test('serves the web app at every path of a page, and its files for good', async () => {
    expect(await (await get('/experiments/1')).text()).toBe('<title>app</title>')
    expect((await get('/')).headers.get('cache-control')).toBe('no-cache')
    expect((await get('/assets/index-abc123.js')).headers.get('cache-control')).toMatch('immutable')
    expect((await get('/assets/gone.js')).status).toBe(404)
  })

  test('serves the compressed files of the build to those who take them, and the plain ones to the others', async () => {
    const sent = async (path: string, accepted: string) => {
      const answer = await get(path, { headers: { 'accept-encoding': accepted } })
      const { headers } = answer
      const of = ['content-encoding', 'content-type', 'vary'].map((name) => headers.get(name))
      return [answer.status, ...of, await answer.text()]
    }
    const script = [expect.stringContaining('javascript'), 'accept-encoding', 'export {}']
    expect(await sent('/assets/index-abc123.js', 'gzip, br')).toEqual([200, 'br', ...script])
    expect(await sent('/assets/index-abc123.js', 'identity')).toEqual([200, null, ...script])
    const page = [expect.stringContaining('text/html'), 'accept-encoding', '<title>app</title>']
    expect(await sent('/', 'gzip')).toEqual([200, 'gzip', ...page])
    expect(await sent('/traces/tr-1', 'gzip')).toEqual([200, 'gzip', ...page])
    expect(await sent('/traces/tr-1', 'br')).toEqual([200, null, ...page])
  })

  test('forwards to the bot, and says so when it is away', async () => {
    const answer = await get('/bot/api/offer', {
      method: 'PATCH',
      body: '{"a":1}',
      headers: { 'content-type': 'application/json' },
    })
    expect(await jsonFrom(answer)).toEqual({ method: 'PATCH', url: '/api/offer', body: '{"a":1}' })
    const other = await start({ botUrl: 'http://127.0.0.1:9' })
    const away = await fetch(`${other.url}/bot/status`)
    expect([away.status, (await jsonFrom(away)).message]).toEqual([
      503,
      expect.stringContaining('does not answer'),
    ])
    const page = await fetch(other.url)
    expect(await page.text()).toMatch('has not been built')
    await other.close()
    await other.close()
  })

  test('refuses foreign names and foreign pages, not programs', async () => {
    const { port } = new URL(server.url)
    const status = (headers: Record<string, string>) =>
      new Promise((resolve) => {
        httpRequest(
          {
            hostname: '127.0.0.1',
            port,
            method: 'POST',
            path: '/api/2.0/mlflow/experiments/search',
            headers,
          },
          (answer) => {
            answer.resume()
            resolve(answer.statusCode)
          },
        ).end('{}')
      })
    expect(await status({ host: 'evil.example' })).toBe(403)
    expect(await status({ host: 'localhost', origin: 'https://evil.example' })).toBe(403)
    expect(await status({ host: 'localhost', origin: 'null' })).toBe(403)
    expect(await status({ host: `localhost:${port}`, origin: `http://localhost:${port}` })).toBe(200)
    expect(await status({ host: `127.0.0.1:${port}` })).toBe(200)
  })

  test('says that a port is taken', async () => {
    const port = Number(new URL(server.url).port)
    const options = {
      host: '127.0.0.1',
      port,
      databaseUrl: database.databaseUrl,
      artifactDirectory: directory,
    }
    await expect(
      startServer({ ...options, webDirectory: null, botUrl: null, version: '', log: silentLog }),
    ).rejects.toThrow(`Port ${port} on 127.0.0.1 is taken`)
  })

  test('answers 503 with Retry-After while the database is away, and stays up', async () => {
    const own = await createTestDatabase()
    const other = await startServer({
      host: '127.0.0.1',
      port: 0,
      databaseUrl: own.databaseUrl,
      artifactDirectory: directory,
      webDirectory: null,
      botUrl: null,
      version: '',
      log: silentLog,
    })
    await own.drop()
    const answer = await fetch(`${other.url}/v1/traces`, {
      method: 'POST',
      body: JSON.stringify(exportRequest().body),
      headers: { 'content-type': 'application/json' },
    })
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
    expect((await fetch(`${other.url}/health`)).status).toBe(200)
    const status = await jsonFrom(await fetch(`${other.url}/api/voxtrace/status`))
    expect(status.database).toMatchObject({ reachable: false })
    await other.close()
  })
})

test('a bot that never answers does not keep the server from ending', async () => {
  let asked = () => {}
  const isAsked = new Promise<void>((resolve) => {
    asked = resolve
  })
  const silentBot = createServer(() => asked())
  await new Promise<void>((resolve) => silentBot.listen(0, '127.0.0.1', resolve))
  const address = silentBot.address()
  const port = typeof address === 'object' ? address?.port : 0
  const own = await start({ botUrl: `http://127.0.0.1:${port}` })
  const answer = fetch(`${own.url}/bot/api/offer`, { method: 'PATCH', body: '{}' }).catch(() => 'broken off')
  await isAsked
  await own.close()
  expect(await answer).toBe('broken off')
  silentBot.closeAllConnections()
  await new Promise((resolve) => silentBot.close(resolve))
})
