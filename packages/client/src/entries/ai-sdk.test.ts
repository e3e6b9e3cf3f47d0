import { embedMany, generateText, jsonSchema, stepCountIs, streamText, tool } from 'ai'
import { convertArrayToReadableStream, MockEmbeddingModelV4, MockLanguageModelV4 } from 'ai/test'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Client, createClient, getCurrentActiveSpan } from '../index.ts'
import { MisbehavingServer } from '../testing/misbehaving-server.ts'
import { voxtraceTelemetry } from './ai-sdk.ts'

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

async function spans() {
  await client.flush()
  return [...server.spans.values()]
}

const usage = {
  inputTokens: { total: 5, noCache: 5, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: 3, text: 3, reasoning: undefined },
}
const stop = { unified: 'stop' as const, raw: 'stop' }

describe('the telemetry integration of the AI SDK', () => {
  it('records a generation with its model calls and its tools', async () => {
    let call = 0
    const model = new MockLanguageModelV4({
      modelId: 'mock-1',
      doGenerate: async () =>
        call++ === 0
          ? {
              content: [
                { type: 'tool-call', toolCallId: 't1', toolName: 'weather', input: '{"city":"Rome"}' },
              ],
              finishReason: { unified: 'tool-calls', raw: 'tool_calls' },
              usage,
              warnings: [],
            }
          : { content: [{ type: 'text', text: 'Sunny.' }], finishReason: stop, usage, warnings: [] },
    })
    let inTool: string | undefined
    const weather = tool({
      description: 'x',
      inputSchema: jsonSchema<{ city: string }>({ type: 'object', properties: { city: { type: 'string' } } }),
      execute: async ({ city }) => {
        inTool = getCurrentActiveSpan()?.name
        return `${city}: sun`
      },
    })
    const { text } = await generateText({
      model,
      prompt: 'Weather?',
      tools: { weather },
      stopWhen: stepCountIs(3),
      telemetry: { integrations: voxtraceTelemetry({ client }), functionId: 'ask' },
    })
    expect(text).toBe('Sunny.')
    expect(inTool).toBe('weather')
    const found = await spans()
    const root = found.find((span) => span.name === 'ask')
    expect(root?.parentSpanId).toBeNull()
    expect(root?.attributes['mlflow.spanInputs']).toContain('Weather?')
    expect(root?.attributes['mlflow.spanOutputs']).toBe('"Sunny."')
    const models = found.filter((span) => span.name === 'llm_generation')
    expect(models).toHaveLength(2)
    for (const span of models) {
      expect(span.parentSpanId).toBe(root?.spanId)
      expect(span.attributes).toMatchObject({
        'llm.model': 'mock-1',
        'llm.prompt_tokens': 5,
        'llm.completion_tokens': 3,
      })
    }
    expect(found.find((span) => span.name === 'weather')).toMatchObject({
      parentSpanId: root?.spanId,
      attributes: { 'mlflow.spanInputs': '{"city":"Rome"}', 'mlflow.spanOutputs': '"Rome: sun"' },
    })
    expect(found.every((span) => span.endTimeUnixNano !== null)).toBe(true)
  })

  it('records a stream', async () => {
    const model = new MockLanguageModelV4({
      doStream: async () => ({
        stream: convertArrayToReadableStream([
          { type: 'stream-start', warnings: [] },
          { type: 'text-start', id: '1' },
          { type: 'text-delta', id: '1', delta: 'Sun' },
          { type: 'text-delta', id: '1', delta: 'ny.' },
          { type: 'text-end', id: '1' },
          { type: 'finish', finishReason: stop, usage },
        ]),
      }),
    })
    const result = streamText({
      model,
      prompt: 'x',
      telemetry: { integrations: voxtraceTelemetry({ client }) },
    })
    expect(await result.text).toBe('Sunny.')
    const found = await spans()
    expect(found.map((span) => span.name).sort()).toEqual(['ai.streamText', 'llm_generation'])
    const call = found.find((span) => span.name === 'llm_generation')
    expect(call?.attributes).toMatchObject({ 'llm.prompt_tokens': 5, 'llm.completion_tokens': 3 })
    expect(call?.attributes['mlflow.spanOutputs']).toContain('Sunny.')
  })

  it('ends what a stream had open when it is aborted, its tools as well', async () => {
    const aborting = new AbortController()
    const model = new MockLanguageModelV4({
      doStream: async () => ({
        stream: convertArrayToReadableStream([
          { type: 'tool-call' as const, toolCallId: 't1', toolName: 'wait', input: '{}' },
          { type: 'finish' as const, finishReason: { unified: 'tool-calls', raw: 'tool_calls' }, usage },
        ]),
      }),
    })
    const wait = tool({
      inputSchema: jsonSchema<object>({ type: 'object', properties: {} }),
      execute: () => {
        aborting.abort()
        return new Promise<string>(() => {})
      },
    })
    const { fullStream } = streamText({
      model,
      prompt: 'Wait.',
      tools: { wait },
      abortSignal: aborting.signal,
      telemetry: { integrations: voxtraceTelemetry({ client }), functionId: 'ask' },
    })
    for await (const part of fullStream) if (part.type === 'abort') break
    const found = await spans()
    expect(found.map(({ name }) => name)).toEqual(expect.arrayContaining(['ask', 'wait']))
    expect(found.find(({ name }) => name === 'wait')?.attributes).toMatchObject({ 'ai.aborted': true })
    expect(client.stats().openSpans).toBe(0)
  })

  it('takes the session and the user from what a call includes of its context', async () => {
    const model = new MockLanguageModelV4({
      doGenerate: async () => ({
        content: [{ type: 'text', text: 'Sunny.' }],
        finishReason: stop,
        usage,
        warnings: [],
      }),
    })
    await generateText({
      model,
      prompt: 'Weather?',
      runtimeContext: { sessionId: 's-1', userId: 'ada' },
      telemetry: {
        integrations: voxtraceTelemetry({ client }),
        includeRuntimeContext: { sessionId: true, userId: true },
      },
    })
    const [span] = await spans()
    expect(server.traces.get(`tr-${span?.traceId}`)).toMatchObject({
      trace_metadata: { 'mlflow.trace.session': 's-1', 'mlflow.trace.user': 'ada' },
    })
  })

  it('records embeddings that are made in several calls at once, by how many there were', async () => {
    const model = new MockEmbeddingModelV4({
      maxEmbeddingsPerCall: 2,
      supportsParallelCalls: true,
      doEmbed: async ({ values }) => ({
        embeddings: values.map(() => [0.1, 0.2]),
        usage: { tokens: values.length },
        warnings: [],
      }),
    })
    const values = ['one', 'two', 'three']
    await embedMany({ model, values, telemetry: { integrations: voxtraceTelemetry({ client }) } })
    const found = await spans()
    const outputsOf = (name: string) =>
      found.filter((span) => span.name === name).map(({ attributes }) => attributes['mlflow.spanOutputs'])
    expect(outputsOf('embedding').sort()).toEqual(['{"embeddings":1}', '{"embeddings":2}'])
    expect(outputsOf('ai.embedMany')).toEqual(['{"embeddings":3}'])
    expect(client.stats().openSpans).toBe(0)
  })

  it('leaves out what the call does not want recorded, and records errors', async () => {
    const model = new MockLanguageModelV4({
      doGenerate: async () => {
        throw new Error('model down')
      },
    })
    const telemetry = {
      integrations: voxtraceTelemetry({ client }),
      recordInputs: false,
      recordOutputs: false,
    }
    await expect(generateText({ model, prompt: 'secret', maxRetries: 0, telemetry })).rejects.toThrow(
      'model down',
    )
    const found = await spans()
    expect(found.length).toBeGreaterThan(0)
    for (const span of found) {
      expect(span.attributes).not.toHaveProperty('mlflow.spanInputs')
      expect(span.status.code).toBe('ERROR')
    }
  })
})
