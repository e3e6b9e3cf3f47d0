import { telemetry } from '@livekit/agents'
import { trace } from '@opentelemetry/api'
import { expect, it } from 'vitest'
import { createClient } from '../index.ts'
import { MisbehavingServer } from '../testing/misbehaving-server.ts'
import { traceLiveKit } from './livekit.ts'

it('records what LiveKit Agents traces, nested as it is there, with what was said', async () => {
  const server = await new MisbehavingServer().start()
  const client = createClient({ trackingUri: server.uri, batchDelayMs: 2 })
  traceLiveKit(telemetry, { client })
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
  await client.shutdown()
  await server.stop()
  const byName = new Map([...server.spans.values()].map((span) => [span.name, span]))
  const [session, turn, retrieval] = ['agent_session', 'agent_turn', 'rag_retrieval'].map((name) =>
    byName.get(name),
  )
  expect(turn?.parentSpanId).toBe(session?.spanId)
  expect(retrieval?.parentSpanId).toBe(turn?.spanId)
  expect(turn?.attributes).toMatchObject({ 'lk.pii.user_input': 'Hello' })
})
