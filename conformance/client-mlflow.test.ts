import { createClient, MlflowClient } from '@voxtrace/client'
import { describe, it } from 'vitest'
import { startMlflow } from './mlflow-server/start-mlflow.ts'

const python = process.env.VOXTRACE_PYTHON

describe.skipIf(python === undefined).concurrent.each([
  { store: 'sqlite', how: 'which takes spans as OTLP' },
  { store: 'files', how: 'which keeps spans among the artifacts' },
] as const)("MLflow's own server with a store in $store, $how (needs VOXTRACE_PYTHON)", ({ store }) => {
  it('keeps what the client records, and gives it back', async ({ expect, onTestFinished }) => {
    const { url, stop } = await startMlflow(python ?? '', store)
    onTestFinished(stop)
    const client = createClient({
      trackingUri: url,
      experimentName: 'voice',
      announceDelayMs: 20,
      handleExit: false,
    })
    const conversation = client.conversation({ sessionId: 's-1', userId: 'ada' })
    const turn = conversation.turn({ userText: 'Why?' })
    await expect.poll(() => client.stats().announcements).toBeGreaterThanOrEqual(2)
    const call = turn.startSpan({
      name: 'llm_generation',
      spanType: 'CHAT_MODEL',
      inputs: { messages: ['Why?'] },
    })
    call.recordException(new Error('slow'))
    call.end({ outputs: { response: 'Because.' } })
    turn.logMetric('llm.ttft_ms', 12.5)
    turn.end({ agentText: 'Because.' })
    conversation.end()
    await client.flush()
    client.logFeedback({ traceId: conversation.span.traceId, name: 'tone', value: 4, rationale: 'kind' })
    client.logExpectation({ traceId: conversation.span.traceId, name: 'answer', value: 'Because.' })
    await client.flush()
    await client.shutdown()
    expect(client.stats().dropped.refused).toEqual({ spans: 0, metrics: 0, other: 0 })
    expect(client.stats().delivered.spans).toBe(3)

    const mlflow = new MlflowClient({ trackingUri: url })
    const trace = await mlflow.getTrace(conversation.span.traceId)
    expect(trace.info).toMatchObject({
      state: 'OK',
      responsePreview: 'Because.',
      traceMetadata: {
        'mlflow.trace.session': 's-1',
        'mlflow.trace.user': 'ada',
        'mlflow.sourceRun': conversation.run.runId,
      },
    })
    const byName = new Map(trace.data.spans.map((span) => [span.name, span]))
    expect([...byName.keys()].sort()).toEqual(['conversation', 'llm_generation', 'turn'])
    expect(byName.get('llm_generation')).toMatchObject({
      parentId: turn.span.spanId,
      spanType: 'CHAT_MODEL',
      inputs: { messages: ['Why?'] },
      outputs: { response: 'Because.' },
      events: [{ name: 'exception' }],
    })
    expect(byName.get('turn')?.parentId).toBe(conversation.span.spanId)
    const experimentId = await mlflow.getExperimentId('voice')
    const found = await mlflow.searchTraces({ experimentIds: [experimentId ?? ''], filter: "status = 'OK'" })
    expect(found.traces.map(({ info }) => info.traceId)).toEqual([conversation.span.traceId])
    expect(found.traces[0]?.info.assessments).toHaveLength(2)
  })
})
