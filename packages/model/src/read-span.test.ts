import { describe, expect, it } from 'vitest'
import type { JsonObject } from './json.ts'
import {
  modelCost,
  modelName,
  retrievedDocuments,
  sessionId,
  spanInputs,
  spanOutputs,
  spanType,
  tokenUsage,
  userId,
} from './read-span.ts'
import { span } from './span.test.builder.ts'
import type { SpanEvent } from './span.ts'

function read(name: string, attributes: JsonObject, events: SpanEvent[] = []) {
  const one = span('s', name, 0, 1, null, attributes, { events })
  return {
    type: spanType(one),
    inputs: spanInputs(one),
    outputs: spanOutputs(one),
    tokens: tokenUsage(one),
    model: modelName(one),
    session: sessionId(one),
    user: userId(one),
    documents: retrievedDocuments(one),
  }
}

function event(name: string, attributes: JsonObject): SpanEvent {
  return { name, timeUnixNano: 0n, attributes, droppedAttributesCount: 0 }
}

const usage = { inputTokens: 3, outputTokens: 4, totalTokens: 7, estimated: false }
const asked = { messages: [{ role: 'user', content: 'hi' }] }
const answered = { messages: [{ role: 'assistant', content: 'hello' }] }

describe('what a span says of itself', () => {
  it('is read from a span that says nothing', () => {
    expect(read('x', {})).toEqual({
      type: 'UNKNOWN',
      inputs: null,
      outputs: null,
      tokens: null,
      model: null,
      session: null,
      user: null,
      documents: [],
    })
  })

  it('is nothing, where names and values are those of what every object has', () => {
    const everywhere = {
      'gen_ai.operation.name': 'constructor',
      'traceloop.span.kind': 'toString',
      'llm.request.type': '__proto__',
    }
    for (const name of ['constructor', 'toString', '__proto__'])
      expect(read(name, everywhere).type).toBe('UNKNOWN')
  })

  it("is read from MLflow's attributes, JSON in strings", () => {
    expect(
      read('predict', {
        'mlflow.spanType': '"CHAT_MODEL"',
        'mlflow.spanInputs': '{"messages":[{"role":"user","content":"hi"}]}',
        'mlflow.spanOutputs': '"not an object"',
        'mlflow.chat.tokenUsage': '{"input_tokens":3,"output_tokens":4,"total_tokens":7}',
        'mlflow.llm.model': '"gpt-4o"',
        'session.id': '"s"',
        'user.id': '"u"',
      }),
    ).toMatchObject({
      type: 'CHAT_MODEL',
      inputs: asked,
      outputs: 'not an object',
      tokens: usage,
      model: 'gpt-4o',
      session: 's',
      user: 'u',
    })
  })

  it("is read from what MLflow's autologging asked, when the call failed", () => {
    const attributes = { 'mlflow.spanType': '"CHAT_MODEL"', 'mlflow.spanInputs': '{"model":"missing"}' }
    expect(read('Completions', attributes).model).toBe('missing')
    expect(read('tool', { ...attributes, 'mlflow.spanType': '"TOOL"' }).model).toBeNull()
  })

  it("is read from MLflow's attributes when they are plain values or no JSON", () => {
    expect(read('x', { 'mlflow.spanType': 'MY_TYPE', 'mlflow.spanInputs': 'plain words' })).toMatchObject({
      type: 'MY_TYPE',
      inputs: 'plain words',
    })
    expect(read('x', { 'mlflow.spanInputs': { a: [1] }, 'mlflow.spanOutputs': 0 })).toMatchObject({
      inputs: { a: [1] },
      outputs: 0,
    })
  })

  it('is read from the names of our own spans', () => {
    expect(read('conversation', {}).type).toBe('AGENT')
    expect(read('rag_retrieval', {}).type).toBe('RETRIEVER')
    expect(
      read('llm_generation', {
        'llm.model': 'm',
        'llm.prompt_tokens': 3,
        'llm.completion_tokens': 4,
        'llm.tokens_estimated': true,
      }),
    ).toMatchObject({ type: 'CHAT_MODEL', model: 'm', tokens: { ...usage, estimated: true } })
  })

  it('is read from OpenTelemetry GenAI attributes', () => {
    const messages = [{ role: 'user', parts: [{ type: 'text', content: 'hi' }] }]
    expect(
      read('chat gpt-4o', {
        'gen_ai.operation.name': 'chat',
        'gen_ai.request.model': 'gpt-4o',
        'gen_ai.response.model': 'gpt-4o-2024-08-06',
        'gen_ai.input.messages': JSON.stringify(messages),
        'gen_ai.output.messages': JSON.stringify([
          { role: 'assistant', parts: [{ type: 'text', content: 'hello' }] },
        ]),
        'gen_ai.usage.input_tokens': 3,
        'gen_ai.usage.output_tokens': 4,
        'gen_ai.conversation.id': 'c-1',
      }),
    ).toMatchObject({
      type: 'CHAT_MODEL',
      inputs: { messages },
      model: 'gpt-4o-2024-08-06',
      tokens: usage,
      session: 'c-1',
    })
  })

  it('is read from the events of earlier GenAI conventions', () => {
    expect(
      read('chat', { 'gen_ai.usage.prompt_tokens': 3, 'gen_ai.usage.completion_tokens': 4 }, [
        event('gen_ai.user.message', { content: 'hi' }),
        event('gen_ai.choice', { index: 0, message: '{"content":"hello"}' }),
      ]),
    ).toMatchObject({ inputs: asked, outputs: answered, tokens: usage })
  })

  it('is read from GenAI retrieval', () => {
    expect(
      read('retrieval', {
        'gen_ai.operation.name': 'retrieval',
        'gen_ai.retrieval.query.text': 'q',
        'gen_ai.retrieval.documents': '[{"id":"d","content":"text","score":0.5}]',
      }),
    ).toMatchObject({
      type: 'RETRIEVER',
      inputs: 'q',
      documents: [{ id: 'd', text: 'text', score: 0.5, title: null, source: null }],
    })
  })

  it('is read from OpenInference, whose lists are flattened', () => {
    expect(
      read('ChatCompletion', {
        'openinference.span.kind': 'LLM',
        'llm.model_name': 'gpt-4o',
        'llm.input_messages.0.message.role': 'user',
        'llm.input_messages.0.message.contents.0.message_content.type': 'text',
        'llm.input_messages.0.message.contents.0.message_content.text': 'hi',
        'llm.output_messages.0.message.role': 'assistant',
        'llm.output_messages.0.message.content': 'hello',
        'input.value': '{}',
        'llm.token_count.prompt': 3,
        'llm.token_count.completion': 4,
        'session.id': 's',
        'user.id': 'u',
      }),
    ).toMatchObject({
      type: 'CHAT_MODEL',
      model: 'gpt-4o',
      inputs: { messages: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }] },
      outputs: answered,
      tokens: usage,
      session: 's',
      user: 'u',
    })
    expect(
      read('chain', {
        'openinference.span.kind': 'CHAIN',
        'input.value': '{"q":1}',
        'input.mime_type': 'application/json',
        'output.value': '12',
      }),
    ).toMatchObject({
      type: 'CHAIN',
      inputs: { q: 1 },
      outputs: '12',
    })
  })

  it("is read from OpenInference's flattened tool calls, and its model from what was asked for", () => {
    const call = 'llm.output_messages.0.message.tool_calls.0.tool_call.'
    const said = read('ChatCompletion', {
      'openinference.span.kind': 'LLM',
      'llm.invocation_parameters': '{"model":"missing"}',
      'llm.output_messages.0.message.role': 'assistant',
      [`${call}id`]: 'c1',
      [`${call}function.name`]: 'weather',
      [`${call}function.arguments`]: '{"city":"Paris"}',
    })
    const toolCall = {
      id: 'c1',
      type: 'function',
      function: { name: 'weather', arguments: '{"city":"Paris"}' },
    }
    expect(said).toMatchObject({
      model: 'missing',
      outputs: { messages: [{ role: 'assistant', tool_calls: [toolCall] }] },
    })
  })

  it('is read from Traceloop', () => {
    expect(
      read('openai.chat', {
        'llm.request.type': 'chat',
        'gen_ai.prompt.0.role': 'user',
        'gen_ai.prompt.0.content': 'hi',
        'gen_ai.completion.0.role': 'assistant',
        'gen_ai.completion.0.content': 'hello',
        'gen_ai.request.model': 'gpt-4o',
        'gen_ai.usage.prompt_tokens': 3,
        'gen_ai.usage.completion_tokens': 4,
        'llm.usage.total_tokens': 7,
        'traceloop.association.properties.session_id': 's',
      }),
    ).toMatchObject({ type: 'CHAT_MODEL', inputs: asked, outputs: answered, tokens: usage, session: 's' })
    expect(
      read('flow', { 'traceloop.span.kind': 'workflow', 'traceloop.entity.input': '{"a":1}' }),
    ).toMatchObject({
      type: 'WORKFLOW',
      inputs: { a: 1 },
    })
  })

  it("is read from Vercel's AI SDK", () => {
    expect(
      read('ai.generateText.doGenerate', {
        'ai.operationId': 'ai.generateText.doGenerate',
        'ai.prompt.messages': '[{"role":"user","content":"hi"}]',
        'ai.response.text': 'hello',
        'ai.model.id': 'gpt-4o',
        'ai.usage.promptTokens': 3,
        'ai.usage.completionTokens': 4,
        'ai.telemetry.metadata.sessionId': 's',
        'ai.telemetry.metadata.userId': 'u',
      }),
    ).toMatchObject({
      type: 'CHAT_MODEL',
      inputs: asked,
      outputs: answered,
      tokens: usage,
      model: 'gpt-4o',
      session: 's',
      user: 'u',
    })
  })

  it.each(['lk.', 'lk.pii.'])('is read from LiveKit with content under %s', (prefix) => {
    const items = [{ type: 'message', role: 'user', content: ['hi'] }]
    expect(
      read('llm_node', {
        [`${prefix}chat_ctx`]: JSON.stringify({ items }),
        [`${prefix}response.text`]: 'hello',
      }),
    ).toMatchObject({ inputs: { messages: items }, outputs: answered })
    expect(
      read('function_tool', {
        [`${prefix}function_tool.arguments`]: '{"city":"Oslo"}',
        [`${prefix}function_tool.output`]: 'rain',
      }),
    ).toMatchObject({
      type: 'TOOL',
      inputs: { city: 'Oslo' },
      outputs: 'rain',
    })
    expect(
      read('llm_request', { 'lk.llm_metrics': '{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}' }),
    ).toMatchObject({
      type: 'CHAT_MODEL',
      tokens: usage,
    })
  })

  it('is read from Pipecat', () => {
    expect(read('stt', { transcript: 'hi', 'gen_ai.request.model': 'nova-3', user_id: 'u' })).toMatchObject({
      type: 'TASK',
      outputs: 'hi',
      model: 'nova-3',
      user: 'u',
    })
    expect(read('llm', { input: '[{"role":"user","content":"hi"}]', output: 'hello' })).toMatchObject({
      type: 'CHAT_MODEL',
      inputs: asked,
      outputs: answered,
    })
    expect(read('tts', { text: 'hello' })).toMatchObject({ type: 'TASK', inputs: 'hello' })
    expect(
      read('llm_tool_result', { 'tool.function_name': 'f', 'tool.result': '{"ok":true}' }),
    ).toMatchObject({
      type: 'TOOL',
      outputs: { ok: true },
    })
  })

  it('has the session of its resource when it names none', () => {
    expect(sessionId(span('s', 'x', 0, 1, null, {}, { resource: { 'session.id': 'r' } }))).toBe('r')
  })
})

describe('what a call of a model cost', () => {
  const costOf = (attributes: JsonObject) => modelCost(span('s', 'llm', 0, 1, null, attributes))

  it('is what its producer counted', () => {
    const counted = { input: 0.25, output: 0.5, total: 0.75 }
    const mlflow = '{"input_cost":0.25,"output_cost":0.5,"total_cost":0.75}'
    expect(costOf({ 'mlflow.llm.cost': mlflow })).toEqual(counted)
    expect(costOf({ 'llm.cost.prompt': 0.25, 'llm.cost.completion': 0.5 })).toEqual(counted)
    expect(costOf({ 'gen_ai.cost.input_cost': 0.25, 'gen_ai.cost.output_cost': 0.5 })).toEqual(counted)
    for (const key of ['llm.cost.total', 'gen_ai.cost.total_cost', 'gen_ai.usage.cost', 'operation.cost'])
      expect(costOf({ [key]: 0.75 })).toEqual({ input: null, output: null, total: 0.75 })
  })

  it('is not known of a span that says nothing, or nonsense', () => {
    expect(costOf({})).toBeNull()
    expect(costOf({ 'mlflow.llm.cost': 'cheap', 'llm.cost.total': 'dear' })).toBeNull()
  })
})

describe('retrieved documents', () => {
  it.each([
    ['our own', { context: [{ id: 'd', title: 't', text: 'x', score: 0.5, source: 's' }] }],
    [
      "MLflow's and LangChain's",
      [{ page_content: 'x', metadata: { doc_uri: 's', title: 't', score: 0.5 }, id: 'd' }],
    ],
    ["LlamaIndex's", [{ node: { id_: 'd', text: 'x', metadata: { source: 's', title: 't' } }, score: 0.5 }]],
    ['nested in an object', { documents: [{ id: 'd', content: 'x', url: 's', heading: 't', score: '0.5' }] }],
  ])('are read in the form that is %s', (_form, outputs) => {
    const retriever = span('r', 'x', 0, 1, null, {
      'mlflow.spanType': '"RETRIEVER"',
      'mlflow.spanOutputs': JSON.stringify(outputs),
    })
    expect(retrievedDocuments(retriever)).toEqual([
      { id: 'd', title: 't', text: 'x', score: 0.5, source: 's' },
    ])
  })

  it('are read from plain texts, and there are none in what is no list', () => {
    const retriever = (outputs: JsonObject[string]) =>
      span('r', 'rag_retrieval', 0, 1, null, { 'mlflow.spanOutputs': JSON.stringify(outputs) })
    expect(retrievedDocuments(retriever(['a', 'b'])).map((document) => document.text)).toEqual(['a', 'b'])
    expect(retrievedDocuments(retriever('nothing found'))).toEqual([])
    expect(retrievedDocuments(retriever([null, 5, {}]))).toEqual([])
  })
})
