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

/** The open streams of live events. */
export class LiveReaders {
  readonly #readers = new Set<Reader>()
  readonly #unsubscribe: () => void
  readonly #heartbeat: NodeJS.Timeout

  constructor(store: Store) {
    this.#unsubscribe = store.live.subscribe((event) => this.#send(event))
    this.#heartbeat = setInterval(() => this.#write(': still here\n\n', () => true), heartbeatMs)
    this.#heartbeat.unref()
  }

  add(reader: Reader): void {
    this.#readers.add(reader)
    reader.response.once('close', () => this.#readers.delete(reader))
  }

  get count(): number {
    return this.#readers.size
  }

  #send(event: LiveEvent): void {
    this.#write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`, (reader) => reader.wants(event))
  }

  #write(text: string, chosen: (reader: Reader) => boolean): void {
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
    for (const { response } of this.#readers) response.end()
  }
}

const query = z.object({ experiment_id: z.string().optional(), trace_id: z.string().optional() })

export function liveRoutes(app: FastifyInstance, readers: LiveReaders): void {
  app.get('/api/voxtrace/live', { exposeHeadRoute: false }, (request, reply) => {
    const { experiment_id: experimentId, trace_id: traceId } = mlflow.readRequest(query, request.query)
    reply.hijack()
    const response = reply.raw
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      connection: 'keep-alive',
      'x-accel-buffering': 'no',
    })
    response.write('retry: 1000\n\n')
    readers.add({
      response,
      wants: (event) =>
        (experimentId === undefined || event.experimentId === experimentId) &&
        (traceId === undefined || ('traceId' in event && event.traceId === traceId)),
    })
  })
}
