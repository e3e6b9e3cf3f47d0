import { hostname } from 'node:os'
import { fastify } from 'fastify'
import { expect, test } from 'vitest'
import { answerError } from './errors.ts'
import { guardOrigin, type OriginRules } from './origin.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }

/** What a server with the rules answers to a request with the headers. */
async function answer(
  rules: OriginRules,
  headers: Record<string, string>,
  method: 'GET' | 'POST' | 'OPTIONS' = 'POST',
  url = '/things',
) {
  const app = fastify()
  app.addHook('onRequest', guardOrigin(rules))
  app.setErrorHandler(answerError(silent))
  for (const path of ['/things', '/health'])
    app.route({ method: ['GET', 'POST'], url: path, handler: async () => ({}) })
  const { statusCode, headers: answered } = await app.inject({ method, url, headers })
  await app.close()
  return { status: statusCode, headers: answered }
}

const loopback = { host: '127.0.0.1' }
const open = { host: '0.0.0.0' }

test.each([
  ['a loopback name', loopback, 'localhost:5000', 200],
  ['a loopback address', loopback, '[::1]:5000', 200],
  ['a foreign name', loopback, 'evil.example', 403],
  ['an address of the network, on loopback', loopback, '192.168.1.5:5000', 403],
  ['what is no host', loopback, '[::1', 403],
  ['an address of the network', open, '192.168.1.5:5000', 200],
  ['an IPv6 address', open, '[fd00::5]:5000', 200],
  ['a name without a dot, as containers have', open, 'voxtrace:5000', 200],
  ["the machine's own name", open, hostname(), 200],
  ['a foreign name, to all addresses', open, 'evil.example', 403],
  [
    'a name that is allowed with a port',
    { ...open, allowedHosts: ['a.example.com:*'] },
    'a.example.com:80',
    200,
  ],
  ['an allowed name', { ...open, allowedHosts: ['traces.example.com'] }, 'Traces.example.com', 200],
  [
    'a name that an allowed one ends with',
    { ...open, allowedHosts: ['*.example.com'] },
    'a.example.com',
    200,
  ],
  ['a name like an allowed one', { ...open, allowedHosts: ['a.example.com'] }, 'axexample.com', 403],
  ['any name, where all are allowed', { ...loopback, allowedHosts: ['*'] }, 'any.example', 200],
])('a request for %s', async (_what, rules, host, status) => {
  expect((await answer(rules, { host })).status).toBe(status)
})

test('whether the server is up may be asked under any name', async () => {
  expect((await answer(open, { host: 'balancer.example' }, 'GET', '/health')).status).toBe(200)
})

test.each([
  ['a page of elsewhere', open, { host: '10.0.0.5', origin: 'https://evil.example' }, 403],
  ['a page without a place', open, { host: '10.0.0.5', origin: 'null' }, 403],
  ['our own page', open, { host: '10.0.0.5:5000', origin: 'http://10.0.0.5:5000' }, 200],
  [
    'our own page behind a proxy',
    open,
    { host: '10.0.0.5', origin: 'https://traces.example.com', 'x-forwarded-host': 'traces.example.com' },
    200,
  ],
  ['a page on the same machine', open, { host: '10.0.0.5', origin: 'http://localhost:3000' }, 200],
  [
    'an allowed page',
    { ...open, allowedOrigins: ['https://app.example.com'] },
    { host: '10.0.0.5', origin: 'https://app.example.com' },
    200,
  ],
  [
    'an allowed page over another protocol',
    { ...open, allowedOrigins: ['https://app.example.com'] },
    { host: '10.0.0.5', origin: 'http://app.example.com' },
    403,
  ],
])('a change by %s', async (_what, rules, headers, status) => {
  expect((await answer(rules, headers)).status).toBe(status)
})

test('a browser is told which pages may use the server, and with what', async () => {
  const question = {
    host: 'localhost',
    origin: 'http://localhost:3000',
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'content-type,x-mlflow-experiment-id',
  }
  const told = await answer(loopback, question, 'OPTIONS')
  expect(told.status).toBe(204)
  expect(told.headers).toMatchObject({
    'access-control-allow-origin': 'http://localhost:3000',
    'access-control-allow-credentials': 'true',
    'access-control-allow-headers': 'content-type,x-mlflow-experiment-id',
    vary: 'Origin',
  })
  const foreign = await answer(loopback, { ...question, origin: 'https://evil.example' }, 'OPTIONS')
  expect(foreign.headers['access-control-allow-origin']).toBeUndefined()
})

test('where every page is allowed, none may send what the browser knows of the visitor', async () => {
  const rules = { ...loopback, allowedOrigins: ['*'] }
  const { status, headers } = await answer(rules, { host: 'localhost', origin: 'https://any.example' })
  expect([status, headers['access-control-allow-origin']]).toEqual([200, '*'])
  expect(headers['access-control-allow-credentials']).toBeUndefined()
})

test('only allowed pages may show ours in a frame, and no browser guesses what a file is', async () => {
  const { headers } = await answer(loopback, { host: 'localhost' }, 'GET')
  expect(headers).toMatchObject({ 'x-frame-options': 'SAMEORIGIN', 'x-content-type-options': 'nosniff' })
  const allowing = { ...loopback, allowedOrigins: ['https://app.example.com'] }
  const framed = await answer(allowing, { host: 'localhost' }, 'GET')
  expect(framed.headers['content-security-policy']).toBe("frame-ancestors 'self' https://app.example.com")
  expect(framed.headers['x-frame-options']).toBeUndefined()
})
