import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { z } from 'zod'
import { call } from './call.ts'

/** An OpenAI-compatible endpoint that answers with the words of the call. */
export interface OpenAiStub {
  /** Ends in `/v1`. */
  baseUrl: string
  close(): Promise<void>
}

const text = z.union([z.string(), z.array(z.looseObject({ text: z.string().default('') }))])
const chatRequest = z.object({
  model: z.string(),
  stream: z.boolean().default(false),
  messages: z.array(z.looseObject({ role: z.string(), content: text.nullish() })),
  tools: z.array(z.unknown()).default([]),
})
const speechRequest = z.object({ input: z.string(), stream_format: z.string().optional() })
type ChatRequest = z.infer<typeof chatRequest>

interface Answer {
  content: string | null
  toolCall: { name: string; arguments: string } | null
}

const msBetweenWords = 5
const speechRate = 24_000
const msPerWord = 150

export async function startOpenAiStub(): Promise<OpenAiStub> {
  let heard = 0
  const server = createServer((request, response) => {
    void answer(request, response, () => call.exchanges[heard++]?.user ?? '').catch((error: unknown) =>
      response.writeHead(500).end(String(error)),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The stub has no port.')
  return {
    baseUrl: `http://127.0.0.1:${address.port}/v1`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** @param transcript what the user says next: what was said is not listened to */
async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  transcript: () => string,
): Promise<void> {
  if (request.url?.endsWith('/audio/transcriptions') === true) {
    request.resume()
    return sendJson(response, { text: transcript() })
  }
  if (request.method !== 'POST') return void response.writeHead(404).end()
  const body = await json(request)
  if (request.url?.endsWith('/audio/speech') === true) {
    return speak(response, speechRequest.parse(body))
  }
  if (request.url?.endsWith('/embeddings') === true) {
    return sendJson(response, {
      object: 'list',
      model: 'stub-embedding',
      data: [{ object: 'embedding', index: 0, embedding: [0.1, 0.2, 0.3] }],
      usage: { prompt_tokens: 5, total_tokens: 5 },
    })
  }
  if (request.url?.endsWith('/chat/completions') !== true) return void response.writeHead(404).end()
  const chat = chatRequest.parse(body)
  if (chat.model === 'missing') {
    response.statusCode = 404
    const message = 'The model `missing` does not exist'
    return sendJson(response, { error: { message, type: 'invalid_request_error', code: 'model_not_found' } })
  }
  const wanted = answerTo(chat)
  if (chat.stream) await stream(response, chat, wanted)
  else sendJson(response, completion(chat, wanted))
}

function answerTo(chat: ChatRequest): Answer {
  const last = chat.messages.findLast(
    ({ role }) => role === 'user' || role === 'system' || role === 'developer',
  )
  const said = wordsOf(last?.content)
  const exchange = call.exchanges.find(({ user }) => user === said)
  const told = chat.messages.at(-1)?.role === 'tool'
  if (exchange?.tool !== undefined && chat.tools.length > 0 && !told) {
    const { name, arguments: values } = exchange.tool
    return { content: null, toolCall: { name, arguments: JSON.stringify(values) } }
  }
  return { content: exchange?.agent ?? call.greeting, toolCall: null }
}

function wordsOf(content: z.infer<typeof text> | null | undefined): string {
  return Array.isArray(content) ? content.map((part) => part.text).join('') : (content ?? '')
}

/** One token for each word, so that the sums can be told beforehand. */
function usageOf(chat: ChatRequest, { content, toolCall }: Answer): object {
  const prompt = chat.messages.reduce((sum, message) => sum + wordsOf(message.content).split(' ').length, 0)
  const completionTokens = (content ?? toolCall?.arguments ?? '').split(' ').length
  return {
    prompt_tokens: prompt,
    completion_tokens: completionTokens,
    total_tokens: prompt + completionTokens,
  }
}

const toolCallId = 'call_1'

function completion(chat: ChatRequest, { content, toolCall }: Answer): object {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: `${chat.model}-2026`,
    choices: [
      {
        index: 0,
        finish_reason: toolCall === null ? 'stop' : 'tool_calls',
        message: {
          role: 'assistant',
          content,
          ...(toolCall !== null && {
            tool_calls: [{ id: toolCallId, type: 'function', function: toolCall }],
          }),
        },
      },
    ],
    usage: usageOf(chat, { content, toolCall }),
  }
}

async function stream(response: ServerResponse, chat: ChatRequest, wanted: Answer): Promise<void> {
  response.setHeader('content-type', 'text/event-stream')
  const send = (choices: object[], rest: object = {}) => {
    const chunk = {
      id: 'chatcmpl-1',
      object: 'chat.completion.chunk',
      created: 1_700_000_000,
      model: `${chat.model}-2026`,
      choices,
      ...rest,
    }
    sendEvent(response, chunk)
  }
  const { content, toolCall } = wanted
  if (toolCall !== null) {
    const tool_calls = [{ index: 0, id: toolCallId, type: 'function', function: toolCall }]
    send([{ index: 0, delta: { role: 'assistant', tool_calls }, finish_reason: null }])
  }
  for (const word of content?.match(/\S+\s*/g) ?? []) {
    await setTimeout(msBetweenWords)
    send([{ index: 0, delta: { role: 'assistant', content: word }, finish_reason: null }])
  }
  send([{ index: 0, delta: {}, finish_reason: toolCall === null ? 'stop' : 'tool_calls' }])
  send([], { usage: usageOf(chat, wanted) })
  response.end('data: [DONE]\n\n')
}

function speak(response: ServerResponse, { input, stream_format }: z.infer<typeof speechRequest>): void {
  const words = input.split(/\s+/).length
  const audio = tone((words * msPerWord) / 1000)
  if (stream_format !== 'sse') return void response.setHeader('content-type', 'audio/pcm').end(audio)
  const usage = { input_tokens: words, output_tokens: 4 * words, total_tokens: 5 * words }
  response.setHeader('content-type', 'text/event-stream')
  sendEvent(response, { type: 'speech.audio.delta', audio: audio.toString('base64') })
  sendEvent(response, { type: 'speech.audio.done', usage })
  response.end()
}

function sendEvent(response: ServerResponse, event: object): void {
  response.write(`data: ${JSON.stringify(event)}\n\n`)
}

/** 16-bit samples of a tone. */
function tone(seconds: number): Buffer {
  const samples = Int16Array.from({ length: speechRate * seconds }, (_, at) => 8000 * Math.sin(at * 0.1))
  return Buffer.from(samples.buffer)
}

function sendJson(response: ServerResponse, body: object): void {
  response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
}
