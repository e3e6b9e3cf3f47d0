import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createClient } from '@voxtrace/client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { traceConversations } from './telemetry.ts'

/** A tracking server that keeps what it is sent: REST bodies as JSON, spans as they come. */
interface Sink {
  url: string
  /** Requests that carry sound: their paths with the query, and their bodies. */
  sound: { url: string; body: Buffer }[]
  rest: { path: string; body: Record<string, unknown> }[]
  spanBytes: Buffer[]
  close(): Promise<void>
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece)
  return Buffer.concat(pieces)
}

async function startSink(): Promise<Sink> {
  const rest: Sink['rest'] = []
  const spanBytes: Buffer[] = []
  const sound: Sink['sound'] = []
  const server: Server = createServer(async (request, response) => {
    const body = await bodyOf(request)
    const path = (request.url ?? '').split('?')[0] ?? ''
    if (path === '/v1/traces') {
      spanBytes.push(body)
      response.end()
      return
    }
    if (path.includes('/recordings/')) {
      sound.push({ url: request.url ?? '', body })
      response.end('{}')
      return
    }
    rest.push({ path, body: body.length > 0 ? JSON.parse(body.toString()) : {} })
    const run = { info: { run_id: `${'0'.repeat(31)}1`, experiment_id: '7' }, data: {} }
    const answers: Record<string, unknown> = {
      'experiments/get-by-name': { experiment: { experiment_id: '7', name: 'voice-bot' } },
      'experiments/create': { experiment_id: '7' },
      'runs/create': { run },
      'runs/get': { run },
      'runs/search': { runs: [] },
    }
    const answer = Object.entries(answers).find(([ending]) => path.endsWith(ending))?.[1] ?? {}
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    rest,
    spanBytes,
    sound,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const log = { debug() {}, info() {}, warn() {}, error() {} }
let sink: Sink

beforeEach(async () => {
  sink = await startSink()
})
afterEach(() => sink.close())

async function converse(): Promise<{ ids: unknown }> {
  const client = createClient({ trackingUri: sink.url, experimentName: 'voice-bot', log })
  const recorder = traceConversations({ client, trackingUri: sink.url, recordSound: true, log })
  const conversation = recorder.conversation({
    sessionId: 'session-1',
    userId: 'ada',
    startMs: 1_000,
    params: { 'llm.model': 'extractive' },
  })
  for (const number of [1, 2]) {
    const turn = conversation.turn(number, 1_000)
    turn.stage('rag_retrieval', 1_010, { inputs: { query: 'marvin' } }).end(1_012, {
      attributes: { 'rag.retrieval_time_ms': 2 * number, 'rag.num_docs_retrieved': 4 },
    })
    for (const ttfb of [30, 90])
      turn
        .stage('text_to_speech', 1_020)
        .end(1_050, { attributes: { 'tts.ttfb_ms': ttfb, 'tts.audio_ms': 900 } })
    turn.end(2_000, {
      userText: `question ${number}`,
      agentText: 'an answer',
      interrupted: number === 2,
      voiceToVoiceMs: 400 * number,
      parts: { end_of_utterance: 300, first_audio: 400 * number - 324, network: 24 },
      error: null,
    })
  }
  const ids = await conversation.ids()
  conversation.end(3_000, { reason: 'hung_up' })
  await client.shutdown()
  return { ids }
}

function metricsOf(step: number | null): Record<string, number> {
  const found: Record<string, number> = {}
  for (const { path, body } of sink.rest) {
    if (!path.endsWith('runs/log-batch') || !Array.isArray(body.metrics)) continue
    for (const metric of body.metrics)
      if (step === null || metric.step === step) found[metric.key] = metric.value
  }
  return found
}

describe('traceConversations', () => {
  it('makes one run and one trace of a conversation, with the session on both', async () => {
    const { ids } = await converse()
    expect(ids).toEqual({
      traceId: expect.stringMatching(/^tr-[0-9a-f]{32}$/),
      runId: `${'0'.repeat(31)}1`,
      experimentId: '7',
      sessionId: 'session-1',
    })
    const created = sink.rest.filter(({ path }) => path.endsWith('runs/create'))
    expect(created).toHaveLength(1)
    expect(JSON.stringify(created[0]?.body)).toContain('{"key":"mlflow.trace.session","value":"session-1"}')
    const spans = Buffer.concat(sink.spanBytes).toString('latin1')
    for (const expected of ['conversation', 'rag_retrieval', 'text_to_speech', 'question 2', 'marvin'])
      expect(spans).toContain(expected)
  })

  it('logs the metrics of each turn at its number, the first clause for the voice, and no others', async () => {
    await converse()
    expect(metricsOf(1)).toEqual({
      'rag.retrieval_time_ms': 2,
      'rag.num_docs_retrieved': 4,
      'tts.ttfb_ms': 30,
      'turn.interrupted': 0,
      'turn.voice_to_voice_ms': 400,
      'turn.latency.end_of_utterance_ms': 300,
      'turn.latency.first_audio_ms': 76,
      'turn.latency.network_ms': 24,
    })
  })

  it('sums the conversation up on the run', async () => {
    await converse()
    expect(metricsOf(null)).toMatchObject({
      'turn.count': 2,
      'turn.interrupted_count': 1,
      'turn.voice_to_voice_ms.mean': 600,
      'turn.voice_to_voice_ms.p50': 600,
      'turn.voice_to_voice_ms.p95': 800,
      'turn.voice_to_voice_ms.max': 800,
      'rag.retrieval_time_ms.mean': 3,
    })
    expect(Object.keys(metricsOf(null))).not.toContain('turn.interrupted.mean')
    expect(sink.rest.findLast(({ path }) => path.endsWith('runs/update'))?.body).toMatchObject({
      status: 'FINISHED',
    })
  })

  it('goes on without ids when the tracking server cannot be reached', async () => {
    const client = createClient({ trackingUri: 'http://127.0.0.1:9', experimentName: 'voice-bot', log })
    const recorder = traceConversations({ client, trackingUri: 'http://127.0.0.1:9', recordSound: true, log })
    const conversation = recorder.conversation({ sessionId: 's', userId: null, startMs: 1, params: {} })
    const ids = conversation.ids()
    conversation.turn(1, 2).end(3, {
      userText: 'hello',
      agentText: null,
      interrupted: false,
      voiceToVoiceMs: null,
      parts: {},
      error: new Error('broken'),
    })
    conversation.end(4, { reason: 'hung_up' })
    expect(await ids).toMatchObject({ runId: null, experimentId: null, sessionId: 's' })
    await client.shutdown({ deadlineMs: 100 })
  })
  it('ends what still goes on when the conversation ends, and drops what comes later', async () => {
    const warnings: string[] = []
    const client = createClient({
      trackingUri: sink.url,
      experimentName: 'voice-bot',
      log: { ...log, warn: (message: string) => warnings.push(message) },
    })
    const recorder = traceConversations({ client, trackingUri: sink.url, recordSound: true, log })
    const conversation = recorder.conversation({ sessionId: 's', userId: null, startMs: 1, params: {} })
    const turn = conversation.turn(1, 2)
    const voice = turn.stage('text_to_speech', 3)
    conversation.end(4, { reason: 'closed_by_bot' })
    voice.end(5)
    turn.stage('agent_speech', 6)
    conversation.turn(2, 7)
    await client.shutdown()
    expect(warnings).toEqual([])
    const spans = Buffer.concat(sink.spanBytes).toString('latin1')
    expect(spans).toContain('text_to_speech')
    expect(spans).not.toContain('agent_speech')
  })

  it('keeps the sound with the trace, where it is wanted', async () => {
    const client = createClient({ trackingUri: sink.url, experimentName: 'voice-bot', log })
    for (const recordSound of [true, false]) {
      const recorder = traceConversations({ client, trackingUri: sink.url, recordSound, log })
      const conversation = recorder.conversation({ sessionId: 's', userId: null, startMs: 1, params: {} })
      const sound = conversation.sound(1_800_000_000_000.5)
      sound?.append(Buffer.from('OggS one'))
      sound?.append(Buffer.from('OggS two'))
      await sound?.end()
      conversation.end(2, { reason: 'hung_up' })
      expect(sound === null).toBe(!recordSound)
    }
    await client.shutdown()
    expect(Buffer.concat(sink.sound.map(({ body }) => body)).toString()).toBe('OggS oneOggS two')
    expect(sink.sound[0]?.url).toMatch(
      /^\/api\/voxtrace\/traces\/tr-[0-9a-f]{32}\/recordings\/call\/chunks\?offset=0&start_time_unix_nano=1800000000000500000&channels=user%2Cagent$/,
    )
    expect(sink.sound.at(-1)?.url).toContain('complete=true')
  })
})
