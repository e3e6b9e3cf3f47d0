import type { ServerResponse } from 'node:http'
import { type LiveEvent, mlflow } from '@voxtrace/protocol'
import type { Store } from '@voxtrace/store'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'

const heartbeatMs = 15_000
/** A reader that lets this much pile up is let go; it connects again and reads anew. */
const largestBacklogBytes = 1024 * 1024

interface Reader {
  response: ServerResponse
  wants(event: LiveEvent): boolean
}

/**
 * The streams of live events. One is open only while events are heard; readers whose stream has ended ask for another, and read
 * anew what they show once it is open.
 */
export class LiveReaders {
  readonly #readers = new Set<Reader>()
  #isListening = false
  readonly #unsubscribe: () => void
  readonly #heartbeat: NodeJS.Timeout

  constructor(store: Store) {
    this.#unsubscribe = store.live.subscribe({
      onEvent: (event) => this.#send(event),
      onListening: (isListening) => {
        this.#isListening = isListening
        if (isListening) for (const { response } of this.#readers) begin(response)
        else this.#endAll()
      },
    })
    this.#heartbeat = setInterval(() => this.#write(': still here\n\n', () => true), heartbeatMs)
    this.#heartbeat.unref()
  }

  add(reader: Reader): void {
    this.#readers.add(reader)
    reader.response.once('close', () => this.#readers.delete(reader))
    if (this.#isListening) begin(reader.response)
  }

  get count(): number {
    return this.#readers.size
  }

  #send(event: LiveEvent): void {
    this.#write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`, (reader) => reader.wants(event))
  }

  #write(text: string, chosen: (reader: Reader) => boolean): void {
    if (!this.#isListening) return
    for (const reader of this.#readers) {
      if (!chosen(reader)) continue
      if (reader.response.writableLength > largestBacklogBytes) reader.response.destroy()
      else reader.response.write(text)
    }
  }

  /** Ends every stream. */
  close(): void {
    this.#unsubscribe()
    clearInterval(this.#heartbeat)
    this.#endAll()
  }

  #endAll(): void {
    for (const { response } of this.#readers) response.end()
    this.#readers.clear()
  }
}

function begin(response: ServerResponse): void {
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    connection: 'keep-alive',
    'x-accel-buffering': 'no',
  })
  response.write('retry: 1000\n\n')
}

const query = z.object({ experiment_id: z.string().optional(), trace_id: z.string().optional() })

export function liveRoutes(app: FastifyInstance, readers: LiveReaders): void {
  app.get('/api/voxtrace/live', { exposeHeadRoute: false }, (request, reply) => {
    const { experiment_id: experimentId, trace_id: traceId } = mlflow.readRequest(query, request.query)
    reply.hijack()
    readers.add({
      response: reply.raw,
      wants: (event) =>
        (experimentId === undefined || event.experimentId === experimentId) &&
        (traceId === undefined || ('traceId' in event && event.traceId === traceId)),
    })
  })
}
