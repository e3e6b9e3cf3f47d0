import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { z } from 'zod'

const request = z.looseObject({
  model: z.string(),
  messages: z.array(z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })),
  response_format: z.looseObject({ type: z.string() }).optional(),
  logprobs: z.boolean().optional(),
  temperature: z.number().optional(),
})

type ModelRequest = z.infer<typeof request> & { authorization: string | undefined }

/** How the server answers a request; `reply` writes a proper completion. */
export type Behaviour = (request: ModelRequest, response: ServerResponse, callNumber: number) => void

export interface ModelServer {
  baseUrl: string
  requests: ModelRequest[]
  behave(behaviour: Behaviour): void
  close(): Promise<void>
}

export interface Reply {
  content: string | null
  refusal?: string
  usage?: object
  logprobs?: object
}

/** An OpenAI-compatible chat endpoint on the loopback interface, which misbehaves as told. */
export async function startModelServer(behaviour: Behaviour): Promise<ModelServer> {
  let behave = behaviour
  const requests: ModelRequest[] = []
  const server = createServer((incoming, response) => {
    void readBody(incoming).then((body) => {
      // Whoever breaks off in the middle of asking has asked nothing.
      if (body === null) return
      const parsed = { ...request.parse(JSON.parse(body)), authorization: incoming.headers.authorization }
      requests.push(parsed)
      behave(parsed, response, requests.length)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return {
    baseUrl: `http://127.0.0.1:${address.port}/v1`,
    requests,
    behave: (next) => {
      behave = next
    },
    close: () => {
      server.closeAllConnections()
      return new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

export function reply(response: ServerResponse, { content, refusal, usage, logprobs }: Reply): void {
  send(response, 200, {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'fake-model-2026',
    choices: [
      {
        index: 0,
        finish_reason: 'stop',
        message: { role: 'assistant', content, refusal: refusal ?? null },
        logprobs: logprobs ?? null,
      },
    ],
    ...(usage && { usage }),
  })
}

export function refuse(
  response: ServerResponse,
  status: number,
  message: string,
  headers: Record<string, string> = {},
): void {
  send(response, status, { error: { message, type: 'error', param: null, code: null } }, headers)
}

export function verdictText(
  score: number | null,
  reasoning = 'It is so.',
  notJudged: string | null = null,
): string {
  return JSON.stringify({ evidence: ['a quote'], reasoning, not_judged: notJudged, score })
}

function send(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}

/** What was sent; null when the sender broke off before its end. */
function readBody(incoming: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = []
  incoming.on('data', (chunk) => chunks.push(chunk))
  return new Promise((resolve) => {
    incoming.once('end', () => resolve(Buffer.concat(chunks).toString('utf8')))
    incoming.once('close', () => resolve(null))
  })
}
