import { inspect } from 'node:util'
import { telemetry } from '@livekit/agents'
import { context, SpanStatusCode, trace } from '@opentelemetry/api'
import { expect, it, onTestFinished } from 'vitest'
import { withServer } from '../testing/with-server.ts'
import { traceLiveKit } from './livekit.ts'

const given = withServer()

it('records what LiveKit Agents traces, nested as it is there, with what was said', async () => {
  const client = given.newClient()
  traceLiveKit(telemetry, { client })
  onTestFinished(() => context.disable())
  await telemetry.tracer.startActiveSpan(
    async (session) => {
      session.setAttribute('lk.session_id', 's')
      await telemetry.tracer.startActiveSpan(
        async (turn) => {
          expect(trace.getActiveSpan()).toBe(turn)
          client.startSpan({ name: 'rag_retrieval' }).end()
        },
        { name: 'agent_turn', attributes: { 'lk.pii.user_input': 'Hello' } },
      )
    },
    { name: 'agent_session' },
  )
  await client.flush()
  const byName = new Map([...given.server.spans.values()].map((span) => [span.name, span]))
  const [session, turn, retrieval] = ['agent_session', 'agent_turn', 'rag_retrieval'].map((name) =>
    byName.get(name),
  )
  expect(turn?.parentSpanId).toBe(session?.spanId)
  expect(retrieval?.parentSpanId).toBe(turn?.spanId)
  expect(turn?.attributes).toMatchObject({ 'lk.pii.user_input': 'Hello' })
})

it('leaves out what was said where it is not to be recorded, also of spans that are open', async () => {
  const client = given.newClient({ announceDelayMs: 1 })
  traceLiveKit(telemetry, { client, recordContent: false })
  const secret = 'My card is lost.'
  const turn = telemetry.tracer.startSpan({
    name: 'agent_turn',
    attributes: { 'lk.pii.user_input': secret, 'lk.speech_id': 'sp1' },
  })
  await expect.poll(() => given.server.spans.size).toBe(1)
  turn.setAttributes({
    'lk.user_transcript': secret,
    'gen_ai.input.messages': secret,
    'lk.interrupted': true,
  })
  turn.setAttribute('lk.response.text', secret)
  turn.addEvent('gen_ai.user.message', { content: secret })
  turn.addEvent(
    'tool',
    { 'gen_ai.tool.call.arguments': secret, 'gen_ai.tool.name': 'cards' },
    [1_800_000_000, 0],
  )
  turn.recordException(new TypeError(secret))
  turn.setStatus({ code: SpanStatusCode.ERROR, message: secret })
  turn.end()
  await client.flush()
  const [span] = given.server.spans.values()
  expect(span).toMatchObject({
    attributes: { 'lk.speech_id': 'sp1', 'lk.interrupted': true },
    events: [
      { name: 'tool', timeUnixNano: 1_800_000_000_000_000_000n, attributes: { 'gen_ai.tool.name': 'cards' } },
      { name: 'exception', attributes: { 'exception.type': 'TypeError' } },
    ],
    status: { code: 'ERROR', message: '' },
  })
  expect(inspect(given.server.received, { depth: null })).not.toContain(secret)
})
