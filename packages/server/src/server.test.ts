import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
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
const span = {
  traceId: 'ab'.repeat(16),
  spanId: 'cd'.repeat(8),
  name: 'work',
  startTimeUnixNano: '1800000000000000000',
  endTimeUnixNano: '1800000001000000000',
}

describe('the server', () => {
  test('tells its health and the version of MLflow that it speaks', async () => {
    expect(await (await get('/health')).text()).toBe('OK')
    expect(await (await get('/version')).text()).toMatch(/^3\.\d+\.\d+$/)
    await expect
      .poll(async () => jsonFrom(await get('/api/voxtrace/status')))
      .toMatchObject({
        version: '0.1.0',
        database: { reachable: true },
        bot: { configured: true },
        services: expect.arrayContaining([expect.objectContaining({ service: 'server' })]),
      })
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
      body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }),
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
