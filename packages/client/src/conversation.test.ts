import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Client, createClient, SpanType } from './index.ts'
import { MisbehavingServer } from './testing/misbehaving-server.ts'

let server: MisbehavingServer
let client: Client

beforeEach(async () => {
  server = await new MisbehavingServer().start()
  client = createClient({ trackingUri: server.uri, batchDelayMs: 2 })
})

afterEach(async () => {
  await client.shutdown()
  await server.stop()
})

it('a conversation is one trace and one run, with its turns and their numbers', async () => {
  const conversation = client.conversation({ sessionId: 's-1', userId: 'ada', params: { 'llm.model': 'm' } })
  conversation.turn({ number: 0 }).end({ agentText: 'Hello!' })
  const turn = conversation.turn({ userText: 'Why?' })
  expect(turn.number).toBe(1)
  turn.startSpan({ name: 'speech_to_text' }).end({ outputs: { transcript: 'Why?' } })
  turn.withSpan((span) => span.setAttribute('llm.ttft_ms', 12), {
    name: 'llm_generation',
    spanType: SpanType.LLM,
  })
  turn.logMetric('llm.ttft_ms', 12)
  turn.end({ agentText: 'Because.', interrupted: false, voiceToVoiceMs: 480, latency: { first_token: 12 } })
  conversation.end({ outputs: { ended: 'hung up' } })
  await client.flush()
  const byName = new Map(
    [...server.spans.values()].map((span) => [`${span.name} ${span.attributes['turn.number'] ?? ''}`, span]),
  )
  const root = byName.get('conversation ')
  expect(root).toMatchObject({ parentSpanId: null, attributes: { 'session.id': 's-1' } })
  const first = byName.get('turn 1')
  expect(first).toMatchObject({
    parentSpanId: root?.spanId,
    attributes: {
      'turn.user_text': 'Why?',
      'turn.agent_text': 'Because.',
      'turn.interrupted': false,
      'turn.voice_to_voice_ms': 480,
      'turn.latency.first_token_ms': 12,
      'llm.ttft_ms': 12,
      'mlflow.spanInputs': '{"user":"Why?"}',
      'mlflow.spanOutputs': '{"agent":"Because."}',
    },
  })
  expect(byName.get('turn 0')?.parentSpanId).toBe(root?.spanId)
  expect(byName.get('speech_to_text ')?.parentSpanId).toBe(first?.spanId)
  expect(byName.get('llm_generation ')?.parentSpanId).toBe(first?.spanId)
  const [[runId, run] = []] = server.runs
  expect(run).toMatchObject({ status: 'FINISHED' })
  expect(Object.fromEntries(run?.params ?? [])).toEqual({ 'llm.model': 'm' })
  expect([...(run?.metrics ?? [])].map((metric) => metric.split(' ').slice(0, 2).join(' ')).sort()).toEqual([
    'llm.ttft_ms 1',
    'turn.latency.first_token_ms 1',
    'turn.voice_to_voice_ms 1',
  ])
  expect(server.traces.get(conversation.span.traceId)).toMatchObject({
    trace_metadata: { 'mlflow.trace.session': 's-1', 'mlflow.trace.user': 'ada', 'mlflow.sourceRun': runId },
    response_preview: 'Because.',
  })
})

it('a conversation that fails is an error in its trace and its run', async () => {
  const conversation = client.conversation()
  conversation.turn().end({ error: new Error('no sound') })
  conversation.end({ error: new Error('lost') })
  await client.flush()
  expect([...server.spans.values()].map((span) => span.status.code)).toEqual(['ERROR', 'ERROR'])
  expect([...server.runs.values()].map((run) => run.status)).toEqual(['FAILED'])
})
