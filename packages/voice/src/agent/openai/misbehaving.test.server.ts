import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export type Behaviour = 'well' | 'down' | 'silent' | 'garbage' | 'error' | 'cut off' | 'empty'

export interface OpenAiServer {
  readonly baseUrl: string
  /** How it answers from now on. */
  behaviour: Behaviour
  /** What was asked, newest last. */
  readonly requests: { path: string; body: string }[]
  close(): Promise<void>
}

const words = ['A ', 'deck ', 'has ', 'fifty-two ', 'cards.']

function event(payload: unknown): string {
  return `data: ${typeof payload === 'string' ? payload : JSON.stringify(payload)}\n\n`
}

async function chat(response: ServerResponse, behaviour: Behaviour): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const chunk = (delta: object, finish: string | null = null) =>
    event({ id: 'c', object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finish }] })
  if (behaviour === 'garbage') {
    response.end(event('{"choices": [{"delta": {"content": '))
    return
  }
  response.write(chunk({ role: 'assistant', content: '' }))
  for (const [index, word] of words.entries()) {
    if (behaviour === 'empty') break
    if (behaviour === 'cut off' && index === 2) {
      response.destroy()
      return
    }
    response.write(chunk({ content: word }))
    await sleep(5)
  }
  response.write(chunk({}, 'stop'))
  response.write(
    event({ id: 'c', choices: [], usage: { prompt_tokens: 101, completion_tokens: 7, total_tokens: 108 } }),
  )
  response.end(event('[DONE]'))
}

function speech(response: ServerResponse, behaviour: Behaviour): void {
  if (behaviour === 'garbage') {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html>not sound</html>')
    return
  }
  response.writeHead(200, { 'content-type': 'audio/pcm' })
  const tone = Int16Array.from({ length: 12_000 }, (_, index) => Math.round(8_000 * Math.sin(index / 10)))
  const bytes = Buffer.from(tone.buffer)
  // An odd split, as a network makes it.
  response.write(bytes.subarray(0, 4_801))
  response.end(behaviour === 'empty' ? undefined : bytes.subarray(4_801))
}

/** A server that speaks OpenAI's protocol for chat, transcription and speech, and misbehaves when told to. */
export async function startOpenAiServer(): Promise<OpenAiServer> {
  const requests: OpenAiServer['requests'] = []
  let behaviour: Behaviour = 'well'
  const server: Server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      const path = request.url ?? ''
      requests.push({ path, body: Buffer.concat(pieces).toString('latin1') })
      if (behaviour === 'silent') return
      if (behaviour === 'down') response.destroy()
      else if (behaviour === 'error')
        response
          .writeHead(500, { 'content-type': 'application/json' })
          .end('{"error":{"message":"out of order"}}')
      else if (path.endsWith('/chat/completions')) void chat(response, behaviour)
      else if (path.endsWith('/audio/speech')) speech(response, behaviour)
      else if (behaviour === 'garbage') response.end('{"unexpected": true}')
      else
        response.setHeader('content-type', 'application/json').end('{"text": " How many cards are there? "}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    requests,
    get behaviour() {
      return behaviour
    },
    set behaviour(next) {
      behaviour = next
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
