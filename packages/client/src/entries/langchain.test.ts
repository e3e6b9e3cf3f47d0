import { Document } from '@langchain/core/documents'
import { AIMessage, AIMessageChunk, HumanMessage } from '@langchain/core/messages'
import { ChatPromptTemplate } from '@langchain/core/prompts'
import { BaseRetriever } from '@langchain/core/retrievers'
import { RunnableLambda } from '@langchain/core/runnables'
import { DynamicTool } from '@langchain/core/tools'
import { FakeListChatModel, FakeStreamingChatModel } from '@langchain/core/utils/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Client, createClient } from '../index.ts'
import { MisbehavingServer } from '../testing/misbehaving-server.ts'
import { langChainHandler } from './langchain.ts'

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

class Shelf extends BaseRetriever {
  lc_namespace = ['test']
  override async _getRelevantDocuments(query: string): Promise<Document[]> {
    return [new Document({ pageContent: `about ${query}`, metadata: { source: 'shelf' } })]
  }
}

describe('the LangChain handler', () => {
  it('records a chain with its prompt, model, retriever and tool, nested as they ran', async () => {
    const prompt = ChatPromptTemplate.fromMessages([['user', 'Tell of {topic}']])
    const model = new FakeListChatModel({ responses: ['It is so.'] })
    const tool = new DynamicTool({
      name: 'upper',
      description: 'x',
      func: async (text) => text.toUpperCase(),
    })
    const chain = prompt
      .pipe(model)
      .pipe(
        RunnableLambda.from(async (message, config) => {
          await new Shelf().invoke('cats', config)
          return tool.invoke(String(message.content), config)
        }),
      )
      .withConfig({ runName: 'answer' })
    const callbacks = [langChainHandler({ client })]
    const config = { callbacks, metadata: { thread_id: 'session-1' } }
    expect(await chain.invoke({ topic: 'cats' }, config)).toBe('IT IS SO.')
    const found = await spans()
    const byName = new Map(found.map((span) => [span.name, span]))
    expect(new Set(found.map((span) => span.traceId)).size).toBe(1)
    const root = byName.get('answer')
    expect(root?.parentSpanId).toBeNull()
    const chat = found.find((span) => span.attributes['mlflow.spanType'] === '"CHAT_MODEL"')
    expect(chat?.parentSpanId).toBe(root?.spanId)
    expect(chat?.attributes['mlflow.spanInputs']).toBe(
      '{"messages":[{"role":"user","content":"Tell of cats"}]}',
    )
    expect(chat?.attributes['mlflow.spanOutputs']).toBe('{"role":"assistant","content":"It is so."}')
    expect(byName.get('ChatPromptTemplate')?.attributes['mlflow.spanOutputs']).toBe(
      '{"messages":[{"role":"user","content":"Tell of cats"}]}',
    )
    expect(byName.get('upper')?.attributes['mlflow.spanType']).toBe('"TOOL"')
    expect(byName.get('Shelf')?.attributes).toMatchObject({
      'mlflow.spanType': '"RETRIEVER"',
      'mlflow.spanInputs': '{"query":"cats"}',
    })
    expect(server.traces.get(`tr-${root?.traceId}`)).toMatchObject({
      trace_metadata: { 'mlflow.trace.session': 'session-1' },
    })
    expect(found.every((span) => span.endTimeUnixNano !== null)).toBe(true)
  })

  it('records messages as chat APIs have them, wherever a chain or a state of a graph holds them', async () => {
    const answer = RunnableLambda.from(({ messages }: { messages: HumanMessage[] }) => ({
      messages: [...messages, new AIMessage('Because.')],
    }))
    const callbacks = [langChainHandler({ client })]
    await answer.invoke({ messages: [new HumanMessage('Why?')] }, { callbacks })
    const asked = { role: 'user', content: 'Why?' }
    const [span] = await spans()
    expect(JSON.parse(String(span?.attributes['mlflow.spanInputs']))).toEqual({ messages: [asked] })
    expect(JSON.parse(String(span?.attributes['mlflow.spanOutputs']))).toEqual({
      messages: [asked, { role: 'assistant', content: 'Because.' }],
    })
  })

  it('times the tokens of a stream', async () => {
    const chunks = ['a', 'b', 'c'].map((content) => new AIMessageChunk({ content }))
    const model = new FakeStreamingChatModel({ chunks, sleep: 3 })
    for await (const _ of await model.stream('hi', { callbacks: [langChainHandler({ client })] }));
    const [span] = await spans()
    expect(span?.attributes['llm.ttft_ms']).toBeGreaterThan(0)
    expect(span?.attributes['llm.inter_token_latency_ms']).toBeGreaterThan(0)
    expect(span?.attributes['mlflow.spanOutputs']).toContain('abc')
  })

  it('records what fails as an error, and lets it pass', async () => {
    const broken = RunnableLambda.from(() => {
      throw new Error('broken')
    })
    const callbacks = [langChainHandler({ client })]
    await expect(broken.invoke('x', { callbacks })).rejects.toThrow('broken')
    expect((await spans())[0]).toMatchObject({ status: { code: 'ERROR', message: 'broken' } })
  })

  it('is part of the active span', async () => {
    const model = new FakeListChatModel({ responses: ['x'] })
    const outer = await client.withSpan(
      async (span) => {
        await model.invoke('hi', { callbacks: [langChainHandler({ client })] })
        return span
      },
      { name: 'turn' },
    )
    const found = await spans()
    expect(found.find((span) => span.name !== 'turn')?.parentSpanId).toBe(outer.spanId)
  })
})
