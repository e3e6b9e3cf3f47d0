import { type Log, VoxtraceError } from '@voxtrace/model'
import { afterEach, describe, expect, it } from 'vitest'
import type { Calls, CandidatesRequest, OfferRequest } from '../transport/calls.ts'
import { type BotHttp, startBotHttp } from './bot-http.ts'

const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }
const running: BotHttp[] = []

afterEach(async () => {
  await Promise.all(running.splice(0).map((http) => http.close()))
})

/** An exchange that notes what it is asked and answers as told. */
function notingCalls(refusal?: Error): Calls & { offers: OfferRequest[]; candidates: CandidatesRequest[] } {
  const offers: OfferRequest[] = []
  const candidates: CandidatesRequest[] = []
  return {
    offers,
    candidates,
    active: 0,
    maxCalls: 1,
    async offer(request) {
      if (refusal) throw refusal
      offers.push(request)
      return { sdp: 'v=0', type: 'answer', pc_id: 'call-1' }
    },
    async addCandidates(request) {
      candidates.push(request)
    },
    async close() {},
  }
}

async function start(calls: Calls, log = silentLog): Promise<string> {
  const http = await startBotHttp({
    calls,
    status: () => ({ ready: true }),
    host: '127.0.0.1',
    port: 0,
    allowedOrigins: ['https://app.example.com'],
    log,
  })
  running.push(http)
  return http.url
}

async function request(
  url: string,
  method: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: unknown; headers: Headers }> {
  const response = await fetch(url, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  return {
    status: response.status,
    body: text === '' ? undefined : JSON.parse(text),
    headers: response.headers,
  }
}

describe('the bot over HTTP', () => {
  it('answers offers as Pipecat posts them', async () => {
    const calls = notingCalls()
    const url = await start(calls)
    const offer = {
      sdp: 'v=0',
      type: 'offer',
      pc_id: null,
      restart_pc: false,
      requestData: { sessionId: 's' },
    }
    expect(await request(`${url}/api/offer`, 'POST', offer)).toMatchObject({
      status: 200,
      body: { sdp: 'v=0', type: 'answer', pc_id: 'call-1' },
    })
    expect(calls.offers).toEqual([offer])
  })

  it('takes candidates', async () => {
    const calls = notingCalls()
    const url = await start(calls)
    const body = {
      pc_id: 'call-1',
      candidates: [{ candidate: 'candidate:1', sdp_mid: '0', sdp_mline_index: 0 }],
    }
    expect(await request(`${url}/api/offer`, 'PATCH', body)).toMatchObject({
      status: 200,
      body: { status: 'success' },
    })
    expect(calls.candidates).toEqual([body])
  })

  it('tells its status', async () => {
    const url = await start(notingCalls())
    expect(await request(`${url}/status`, 'GET')).toMatchObject({ status: 200, body: { ready: true } })
  })

  it.each([
    ['no body', undefined, 400],
    ['broken JSON', '{"sdp":', 400],
    ['no sdp', { type: 'offer' }, 400],
    ['an answer instead of an offer', { sdp: 'v=0', type: 'answer' }, 400],
    ['request data that is no object', { sdp: 'v=0', type: 'offer', requestData: 'me' }, 400],
    ['a body of a megabyte', { sdp: 'x'.repeat(1_000_000), type: 'offer' }, 413],
  ])('says what is wrong with %s', async (_name, body, status) => {
    const url = await start(notingCalls())
    const answer = await request(`${url}/api/offer`, 'POST', body)
    expect(answer.status).toBe(status)
    expect(answer.body).toEqual({ error: expect.any(String), message: expect.stringMatching(/\w+ \w+/) })
  })

  it('says that it is busy', async () => {
    const url = await start(notingCalls(new VoxtraceError('TEMPORARILY_UNAVAILABLE', 'The bot is busy.')))
    expect(await request(`${url}/api/offer`, 'POST', { sdp: 'v=0', type: 'offer' })).toMatchObject({
      status: 503,
      body: { error: 'TEMPORARILY_UNAVAILABLE', message: 'The bot is busy.' },
    })
  })

  it('keeps the cause of a failure in its log', async () => {
    const logged: string[] = []
    const url = await start(notingCalls(new Error('secret cause')), {
      ...silentLog,
      error: (message, fields) => logged.push(message, String(fields?.error)),
    })
    const answer = await request(`${url}/api/offer`, 'POST', { sdp: 'v=0', type: 'offer' })
    expect(answer).toMatchObject({ status: 500, body: { error: 'INTERNAL_ERROR' } })
    expect(JSON.stringify(answer.body)).not.toContain('secret')
    expect(logged.join(' ')).toContain('secret cause')
  })

  it('says what there is at addresses that do not exist', async () => {
    const url = await start(notingCalls())
    expect(await request(`${url}/nothing`, 'GET')).toMatchObject({
      status: 404,
      body: { error: 'ENDPOINT_NOT_FOUND' },
    })
  })
})

describe('pages of other origins', () => {
  it.each(['http://localhost:5173', 'http://127.0.0.1:5000', 'http://[::1]:80', 'https://app.example.com'])(
    '%s may call',
    async (origin) => {
      const url = await start(notingCalls())
      const preflight = await request(`${url}/api/offer`, 'OPTIONS', undefined, {
        origin,
        'access-control-request-method': 'PATCH',
        'access-control-request-headers': 'content-type',
      })
      expect(preflight.status).toBe(204)
      expect(preflight.headers.get('access-control-allow-origin')).toBe(origin)
      expect(preflight.headers.get('access-control-allow-methods')).toContain('PATCH')
      const answer = await request(`${url}/api/offer`, 'POST', { sdp: 'v=0', type: 'offer' }, { origin })
      expect(answer.headers.get('access-control-allow-origin')).toBe(origin)
    },
  )

  it.each(['https://evil.example', 'http://localhost.evil.example', 'null', 'file://'])(
    '%s may not',
    async (origin) => {
      const calls = notingCalls()
      const url = await start(calls)
      const answer = await request(`${url}/api/offer`, 'POST', { sdp: 'v=0', type: 'offer' }, { origin })
      expect(answer).toMatchObject({ status: 403, body: { error: 'PERMISSION_DENIED' } })
      expect(answer.headers.get('access-control-allow-origin')).toBeNull()
      expect(calls.offers).toEqual([])
    },
  )
})
