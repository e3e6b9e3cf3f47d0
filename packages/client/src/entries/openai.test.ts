import { createServer, type Server, type ServerResponse } from 'node:http'
import OpenAI from 'openai'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Client, createClient } from '../index.ts'
import { MisbehavingServer } from '../testing/misbehaving-server.ts'
import { tracedOpenAI } from './openai.ts'

let server: MisbehavingServer
let client: Client
let provider: Server
let openai: OpenAI
/** What the provider answers with, one after the other. */
let answers: ((response: ServerResponse) => void)[]

const messages = [{ role: 'user' as const, content: 'Why?' }]
const usage = { prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 }

function json(body: object, status = 200): (response: ServerResponse) => void {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
}

/** Server-sent events, each in a packet of its own. */
function stream(...events: object[]): (response: ServerResponse) => void {
  return async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const event of events) {
      response.write(`data: ${JSON.stringify(event)}\n\n`)
      await new Promise((resolve) => setTimeout(resolve, 3))
    }
    response.end('data: [DONE]\n\n')
  }
}

const delta = (delta: object, finish_reason: string | null = null) => ({
  id: 'c',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'gpt-x-2026',
  choices: [{ index: 0, delta, finish_reason }],
})

beforeEach(async () => {
  server = await new MisbehavingServer().start()
  client = createClient({ trackingUri: server.uri, batchDelayMs: 2 })
  answers = []
  provider = createServer((request, response) => {
    request.resume().on('end', () => answers.shift()?.(response))
  })
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve))
  const address = provider.address()
  const port = typeof address === 'object' ? address?.port : 0
  openai = tracedOpenAI(new OpenAI({ apiKey: 'k', baseURL: `http://127.0.0.1:${port}/v1`, maxRetries: 0 }), {
    client,
  })
})

afterEach(async () => {
  await client.shutdown()
  await server.stop()
  provider.closeAllConnections()
  await new Promise((resolve) => provider.close(resolve))
})

async function theSpan() {
  await client.flush()
  const [span] = server.spans.values()
  if (span === undefined) throw new Error('There is no span.')
  expect(server.spans.size).toBe(1)
  return span
}

describe('a chat completion', () => {
  it('is recorded with its messages, answer, model and tokens, and given as it was', async () => {
    const message = { role: 'assistant', content: 'Because.', refusal: null }
    answers.push(
      json({ id: 'c', model: 'gpt-x-2026', choices: [{ index: 0, message, finish_reason: 'stop' }], usage }),
    )
    const promise = openai.chat.completions.create({ model: 'gpt-x', messages })
    const { data, response } = await promise.withResponse()
    expect(response.status).toBe(200)
    expect(data.choices[0]?.message.content).toBe('Because.')
    expect(await theSpan()).toMatchObject({
      name: 'chat.completions.create',
      status: { code: 'OK' },
      attributes: {
        'mlflow.spanType': '"CHAT_MODEL"',
        'mlflow.llm.model': '"gpt-x-2026"',
        'llm.prompt_tokens': 5,
        'llm.completion_tokens': 3,
        'mlflow.chat.tokenUsage': '{"input_tokens":5,"output_tokens":3,"total_tokens":8}',
      },
    })
    const [span] = server.spans.values()
    expect(span?.attributes['mlflow.spanInputs']).toContain('Why?')
    expect(span?.attributes['mlflow.spanOutputs']).toContain('Because.')
  })

  it('that streams is recorded when it was read, with the times of its tokens', async () => {
    answers.push(
      stream(
        delta({ role: 'assistant', content: '' }),
        delta({ content: 'Be' }),
        delta({ content: 'cause' }),
        delta({ content: '.' }, 'stop'),
        { ...delta({}), choices: [], usage },
      ),
    )
    let text = ''
    await openai.chat.completions.create({ model: 'gpt-x', messages, stream: true }).then(async (chunks) => {
      for await (const chunk of chunks) text += chunk.choices[0]?.delta.content ?? ''
    })
    expect(text).toBe('Because.')
    const { attributes } = await theSpan()
    expect(attributes).toMatchObject({ 'llm.completion_tokens': 3, 'llm.total_tokens': 8 })
    expect(attributes['llm.ttft_ms']).toBeGreaterThan(0)
    expect(attributes['llm.inter_token_latency_ms']).toBeGreaterThan(0)
    expect(attributes['mlflow.spanOutputs']).toContain('Because.')
    expect(attributes).not.toHaveProperty('llm.tokens_estimated')
  })

  it('that streams without counts has them estimated, and says so', async () => {
    answers.push(stream(delta({ content: 'a' }), delta({ content: 'b' })))
    const chunks = await openai.chat.completions.create({ model: 'gpt-x', messages, stream: true })
    for await (const _ of chunks);
    expect((await theSpan()).attributes).toMatchObject({
      'llm.completion_tokens': 2,
      'llm.tokens_estimated': true,
    })
  })

  it('that streams a tool call has the call put together', async () => {
    const part = (value: object) => delta({ tool_calls: [{ index: 0, ...value }] })
    answers.push(
      stream(
        part({ id: 'call_1', function: { name: 'weather', arguments: '' } }),
        part({ function: { arguments: '{"city":' } }),
        part({ function: { arguments: '"Rome"}' } }),
        delta({}, 'tool_calls'),
      ),
    )
    const tools = [{ type: 'function' as const, function: { name: 'weather', parameters: {} } }]
    const chunks = await openai.chat.completions.create({ model: 'gpt-x', messages, tools, stream: true })
    for await (const _ of chunks);
    const { attributes } = await theSpan()
    expect(JSON.parse(String(attributes['mlflow.spanOutputs']))).toMatchObject({
      content: null,
      tool_calls: [{ id: 'call_1', function: { name: 'weather', arguments: '{"city":"Rome"}' } }],
      finish_reason: 'tool_calls',
    })
    expect(attributes['mlflow.chat.tools']).toContain('weather')
  })

  it('that is left early, or read through tee, ends its span once', async () => {
    answers.push(stream(delta({ content: 'a' }), delta({ content: 'b' }), delta({ content: 'c' })))
    const chunks = await openai.chat.completions.create({ model: 'gpt-x', messages, stream: true })
    for await (const _ of chunks) break
    expect((await theSpan()).attributes['mlflow.spanOutputs']).toContain('"content":"a"')
    server.spans.clear()
    answers.push(stream(delta({ content: 'x' }), delta({ content: 'y' })))
    const [left, right] = (
      await openai.chat.completions.create({ model: 'gpt-x', messages, stream: true })
    ).tee()
    for (const side of [left, right]) for await (const _ of side);
    expect((await theSpan()).attributes['mlflow.spanOutputs']).toContain('"content":"xy"')
  })

  it('that is refused rejects as it would, and is an error in the trace', async () => {
    answers.push(json({ error: { message: 'no such model' } }, 404))
    await expect(openai.chat.completions.create({ model: 'none', messages })).rejects.toThrow('no such model')
    expect(await theSpan()).toMatchObject({ status: { code: 'ERROR' }, events: [{ name: 'exception' }] })
  })
})

describe("the SDK's helpers", () => {
  const answer = (message: object) =>
    json({ id: 'c', model: 'gpt-x-2026', choices: [{ index: 0, message, finish_reason: 'stop' }], usage })

  it('have their calls recorded, and give what they would have given', async () => {
    answers.push(answer({ role: 'assistant', content: 'Because.' }))
    const parsed = await openai.chat.completions.parse({ model: 'gpt-x', messages })
    expect(parsed.choices[0]?.message.content).toBe('Because.')
    expect((await theSpan()).attributes['mlflow.spanOutputs']).toContain('Because.')
    server.spans.clear()
    answers.push(stream(delta({ role: 'assistant', content: 'Be' }), delta({ content: 'cause.' }, 'stop')))
    const helper = openai.chat.completions.stream({ model: 'gpt-x', messages })
    expect(await helper.finalContent()).toBe('Because.')
    const { attributes } = await theSpan()
    expect(attributes['mlflow.spanOutputs']).toContain('Because.')
    expect(attributes['llm.ttft_ms']).toBeGreaterThan(0)
  })

  it('that call tools have each call of the model recorded', async () => {
    const call = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{}' } }
    answers.push(answer({ role: 'assistant', content: null, tool_calls: [call] }))
    answers.push(answer({ role: 'assistant', content: 'Sunny.' }))
    const weather = { name: 'weather', description: '', parameters: {}, function: () => 'sun' }
    const runner = openai.chat.completions.runTools({
      model: 'gpt-x',
      messages,
      tools: [{ type: 'function', function: weather }],
    })
    expect(await runner.finalContent()).toBe('Sunny.')
    await client.flush()
    const outputs = [...server.spans.values()].map(({ attributes }) => attributes['mlflow.spanOutputs'])
    expect(outputs).toEqual([expect.stringContaining('weather'), expect.stringContaining('Sunny.')])
  })

  it('of the Responses API are recorded too, and read the one answer once', async () => {
    const done = {
      id: 'r',
      object: 'response',
      model: 'gpt-x-2026',
      status: 'completed',
      output: [{ type: 'message', id: 'm', content: [{ type: 'output_text', text: 'Hi', annotations: [] }] }],
    }
    answers.push(json(done))
    expect((await openai.responses.parse({ model: 'gpt-x', input: 'Hello' })).output_text).toBe('Hi')
    expect((await theSpan()).attributes['mlflow.spanOutputs']).toContain('"Hi"')
    server.spans.clear()
    answers.push(
      stream(
        { type: 'response.created', response: { ...done, status: 'in_progress', output: [] } },
        { type: 'response.completed', response: done },
      ),
    )
    const helper = openai.responses.stream({ model: 'gpt-x', input: 'Hello' })
    expect((await helper.finalResponse()).output_text).toBe('Hi')
    expect((await theSpan()).attributes['mlflow.spanOutputs']).toContain('"Hi"')
  })
})

describe('the other calls', () => {
  it('of the Responses API are recorded, streaming too', async () => {
    const done = {
      id: 'r',
      object: 'response',
      model: 'gpt-x-2026',
      output: [{ type: 'message', content: [{ type: 'output_text', text: 'Hi', annotations: [] }] }],
      usage: { input_tokens: 2, output_tokens: 1, total_tokens: 3 },
    }
    answers.push(json(done))
    expect((await openai.responses.create({ model: 'gpt-x', input: 'Hello' })).output_text).toBe('Hi')
    expect((await theSpan()).attributes).toMatchObject({ 'llm.prompt_tokens': 2 })
    server.spans.clear()
    answers.push(
      stream(
        { type: 'response.output_text.delta', delta: 'H' },
        { type: 'response.output_text.delta', delta: 'i' },
        { type: 'response.completed', response: done },
      ),
    )
    for await (const _ of await openai.responses.create({ model: 'gpt-x', input: 'Hello', stream: true }));
    const { attributes } = await theSpan()
    expect(attributes['llm.ttft_ms']).toBeGreaterThan(0)
    expect(attributes['mlflow.spanOutputs']).toContain('"Hi"')
  })

  it('of embeddings keep how many there were, not the numbers', async () => {
    answers.push(
      json({ model: 'e', data: [{ embedding: [0.1, 0.2, 0.3], index: 0 }], usage: { prompt_tokens: 1 } }),
    )
    await openai.embeddings.create({ model: 'e', input: 'x', encoding_format: 'float' })
    const { attributes } = await theSpan()
    expect(attributes['mlflow.spanOutputs']).toBe('{"model":"e","embeddings":1,"dimensions":3}')
    expect(attributes['mlflow.spanType']).toBe('"EMBEDDING"')
  })

  it('of speech keep what kind of answer came, whichever fetch gave it', async () => {
    const otherFetch: typeof fetch = async (...request) => {
      const response = await fetch(...request)
      const get = (_: object, key: string) => {
        const value: unknown = Reflect.get(response, key)
        return typeof value === 'function' ? value.bind(response) : value
      }
      return new Proxy(Object.create(null), { get })
    }
    answers.push((response) => response.writeHead(200, { 'content-type': 'audio/mpeg' }).end('sound'))
    const speech = openai.withOptions({ fetch: otherFetch }).audio.speech
    await speech.create({ model: 'tts', voice: 'alloy', input: 'Hello' })
    const { attributes } = await theSpan()
    expect(attributes['mlflow.spanOutputs']).toBe('{"status":200,"content_type":"audio/mpeg"}')
  })

  it('are part of the active span, also through withOptions', async () => {
    answers.push(json({ choices: [] }))
    const outer = await client.withSpan(
      async (span) => {
        await openai.withOptions({ timeout: 5000 }).chat.completions.create({ model: 'gpt-x', messages })
        return span
      },
      { name: 'turn' },
    )
    await client.flush()
    const call = [...server.spans.values()].find((span) => span.name === 'chat.completions.create')
    expect(call?.parentSpanId).toBe(outer.spanId)
  })

  it('that are not recorded work as before', async () => {
    answers.push(json({ data: [{ id: 'm' }], object: 'list' }))
    expect((await openai.models.list()).data).toEqual([{ id: 'm' }])
    expect(openai.apiKey).toBe('k')
    await client.flush()
    expect(server.spans.size).toBe(0)
  })
})
