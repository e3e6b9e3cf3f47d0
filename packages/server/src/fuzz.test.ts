/**
 * Whatever a request holds, it is answered, and never with 5xx. `VOXTRACE_FUZZ_REQUESTS` says how many requests, 600 unless
 * set, and `VOXTRACE_SEED` which.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Log } from '@voxtrace/model'
import { encodeTraceRequest } from '@voxtrace/protocol/otlp/encode'
import type { Store } from '@voxtrace/store'
import { createTestStore } from '@voxtrace/store/testing'
import type { FastifyInstance, InjectOptions } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Chance } from './chance.test.support.ts'
import { changedSomewhere, damaged, FieldValues, oddities } from './odd-values.test.support.ts'
import { startServer } from './server.ts'

const requests = Number(process.env.VOXTRACE_FUZZ_REQUESTS ?? 600)
const seed = Number(process.env.VOXTRACE_SEED ?? 1)

let app: FastifyInstance
let close: () => Promise<void>
let known: Record<string, string>
const routes: Route[] = []
const unexpected: string[] = []
const log: Log = {
  debug() {},
  info() {},
  warn() {},
  error: (message, details) => unexpected.push(`${message} ${JSON.stringify(details)}`),
}

beforeAll(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'voxtrace-fuzz-'))
  const { store, databaseUrl, close: drop } = await createTestStore()
  subscribe('fastify.initialization', listRoutes)
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    databaseUrl,
    artifactDirectory: directory,
    webDirectory: null,
    botUrl: null,
    version: '0.0.0',
    log,
  })
  known = await thingsThatExist(store)
  close = async () => {
    unsubscribe('fastify.initialization', listRoutes)
    await server.close()
    await drop()
    await rm(directory, { recursive: true, force: true })
  }
})
afterAll(() => close())

/** Ids of what is there, so that requests come further than "no such thing". */
async function thingsThatExist(store: Store): Promise<Record<string, string>> {
  const experimentId = await store.experiments.create({ name: 'fuzzed' })
  const { info } = await store.runs.create({ experimentId })
  const traceId = 'ab'.repeat(16)
  await inject({
    method: 'POST',
    url: '/v1/traces',
    headers: { 'content-type': 'application/x-protobuf', 'x-mlflow-experiment-id': experimentId },
    payload: traceBody(traceId),
  })
  const source = { type: 'HUMAN', id: 'someone' } as const
  const assessment = await store.assessments.create({
    traceId: `tr-${traceId}`,
    kind: 'feedback',
    name: 'tone',
    source,
    value: 3,
  })
  return {
    experiment_id: experimentId,
    run_id: info.runId,
    run_uuid: info.runId,
    trace_id: `tr-${traceId}`,
    request_id: `tr-${traceId}`,
    assessment_id: assessment.assessmentId,
    span_id: 'cd'.repeat(8),
    name: 'fuzzed',
  }
}

function traceBody(traceId: string): Buffer {
  const attributes = { a: 1, b: 'text', c: [true, { d: 1.5 }], 'gen_ai.usage.input_tokens': 3 }
  const span = (spanId: string, parentSpanId: string | null, name: string) => ({
    traceId,
    spanId,
    parentSpanId,
    name,
    startTimeUnixNano: 1_800_000_000_000_000_000n,
    endTimeUnixNano: 1_800_000_001_000_000_000n,
    status: { code: 'OK' as const, message: '' },
    attributes,
    events: [{ name: 'e', timeUnixNano: 1_800_000_000_500_000_000n, attributes }],
    links: [{ traceId, spanId, attributes: {} }],
  })
  const spans = [span('cd'.repeat(8), null, 'conversation'), span('ef'.repeat(8), 'cd'.repeat(8), 'turn')]
  return Buffer.from(encodeTraceRequest(spans, { 'service.name': 's' }, { name: 'n', version: '1' }))
}

const traceJson = {
  resourceSpans: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 's' } }] },
      scopeSpans: [
        {
          scope: { name: 'n', version: '1', attributes: [] },
          spans: [
            {
              traceId: 'ab'.repeat(16),
              spanId: 'cd'.repeat(8),
              parentSpanId: '',
              name: 'turn',
              kind: 1,
              startTimeUnixNano: '1800000000000000000',
              endTimeUnixNano: '1800000001000000000',
              attributes: [
                { key: 'i', value: { intValue: '5' } },
                { key: 'l', value: { arrayValue: { values: [{ doubleValue: 1.5 }, { boolValue: true }] } } },
                {
                  key: 'o',
                  value: { kvlistValue: { values: [{ key: 'b', value: { bytesValue: 'AA==' } }] } },
                },
              ],
              events: [{ name: 'e', timeUnixNano: '1800000000000000000', attributes: [] }],
              links: [{ traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8) }],
              status: { code: 2, message: 'm' },
            },
          ],
        },
      ],
    },
  ],
}

describe('the server answers', () => {
  test('OTLP in protobuf, however it is damaged', async () => {
    const chance = new Chance(seed)
    for (let count = 0; count < requests / 3; count++) {
      let body = traceBody(
        chance.is(0.5)
          ? 'ab'.repeat(16)
          : chance
              .below(2 ** 32)
              .toString(16)
              .padStart(32, '1'),
      )
      for (let times = chance.below(4); times >= 0; times--) body = damaged(body, chance)
      await expectAnswer({ headers: { 'content-type': 'application/x-protobuf' }, payload: body }, chance)
    }
  }, 600_000)

  test('OTLP in JSON, whatever stands in it', async () => {
    const chance = new Chance(seed + 1)
    for (let count = 0; count < requests / 3; count++) {
      const changed = changedSomewhere(traceJson, chance)
      const body = Buffer.from(
        JSON.stringify(chance.is(0.3) ? changedSomewhere(changed, chance) : changed) ?? 'null',
      )
      const payload = chance.is(0.1) ? damaged(body, chance) : body
      await expectAnswer({ headers: { 'content-type': 'application/json' }, payload }, chance)
    }
  }, 600_000)

  test('every route, whatever its fields hold', async () => {
    const chance = new Chance(seed + 2)
    const values = new FieldValues(chance, known)
    const chosen = routes.filter(({ url }) => !url.endsWith('/live') && url !== '*' && url !== '/')
    expect(chosen.length).toBeGreaterThan(60)
    const required = new Map<string, Set<string>>()
    for (let count = 0; count < Math.max(requests / 3, chosen.length); count++) {
      const route = chosen[count % chosen.length]
      if (route === undefined) continue
      const path = `${route.method} ${route.url}`
      const fields = required.get(path) ?? new Set<string>()
      required.set(path, fields)
      // The same route several times in a row: each answer may tell of a field that it wants.
      for (let attempt = 0; attempt < 4; attempt++) {
        const answer = await inject(requestTo(route, fields, values, chance))
        expectNoFault(answer.statusCode, path)
        const missing = /required parameter '([a-z_]+)/.exec(answer.body)?.[1]
        if (missing === undefined || fields.has(missing)) break
        fields.add(missing)
      }
    }
  }, 600_000)
})

async function expectAnswer(
  { headers, payload }: { headers: Record<string, string>; payload: Buffer },
  chance: Chance,
): Promise<void> {
  const compressed = chance.is(0.05)
  const answer = await inject({
    method: 'POST',
    url: '/v1/traces',
    headers: { ...headers, ...(compressed || chance.is(0.02) ? { 'content-encoding': 'gzip' } : {}) },
    payload: compressed ? gzipSync(payload) : payload,
  })
  expectNoFault(answer.statusCode, 'POST /v1/traces')
}

function expectNoFault(status: number, path: string): void {
  // 501 and 503 are said on purpose: not implemented, and the bot that this server was started without.
  if (status >= 500 && ![501, 503].includes(status))
    throw new Error(`${path} was answered ${status}: ${unexpected.at(-1) ?? 'nothing was logged'}`)
}

async function inject(options: InjectOptions) {
  return app.inject({ ...options, headers: { host: '127.0.0.1', ...options.headers } })
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

interface Route {
  method: (typeof methods)[number]
  url: string
}

/** Notes every route of the application, which Fastify announces as it is made. */
function listRoutes(message: unknown): void {
  if (!isInitialization(message)) throw new Error('Fastify announces itself in another way than before')
  app = message.fastify
  app.addHook('onRoute', ({ method, url }) => {
    for (const each of methods) if ([method].flat().includes(each)) routes.push({ method: each, url })
  })
}

function isInitialization(message: unknown): message is { fastify: FastifyInstance } {
  return typeof message === 'object' && message !== null && 'fastify' in message
}

function requestTo(
  { method, url }: Route,
  required: Set<string>,
  values: FieldValues,
  chance: Chance,
): InjectOptions {
  const fields = new Set(required)
  for (let times = chance.below(4); times > 0; times--) fields.add(values.name())
  const body = Object.fromEntries([...fields].map((name) => [name, values.of(name)]))
  const path = url.replace(/:(\w+)|\*/g, (_, name) => {
    const value = name !== undefined && chance.is(0.8) ? known[name] : undefined
    return encodeURIComponent((value ?? String(chance.of(oddities))).toWellFormed()).slice(0, 900)
  })
  if (method === 'GET') {
    const query = new URLSearchParams(
      Object.entries(body).map(([key, value]): [string, string] => [
        key,
        typeof value === 'string' ? value : (JSON.stringify(value) ?? ''),
      ]),
    )
    return { method, url: `${path}?${query}` }
  }
  const payload = chance.is(0.03) ? JSON.stringify(chance.of(oddities)) : JSON.stringify(body)
  return { method, url: path, headers: { 'content-type': 'application/json' }, payload: payload ?? 'null' }
}
