import type { Span } from '@voxtrace/model'
import { afterEach, beforeEach } from 'vitest'
import { type Client, createClient } from '../index.ts'
import type { ClientOptions } from '../options.ts'
import type { LiveSpan } from '../span.ts'
import { MisbehavingServer } from './misbehaving-server.ts'

interface ServerOfEachTest {
  /** The running test's. */
  readonly server: MisbehavingServer
  /** A client of that server, which is shut down when the test ends. */
  newClient(options?: Partial<ClientOptions>): Client
  /** A span as the server has it. */
  stored(span: LiveSpan): Span
}

/** Gives each test of a file a server of its own. */
export function serverOfEachTest(): ServerOfEachTest {
  let server = new MisbehavingServer()
  let clients: Client[] = []

  beforeEach(async () => {
    server = await new MisbehavingServer().start()
    clients = []
  })

  afterEach(async () => {
    await Promise.all(clients.map((client) => client.shutdown({ deadlineMs: 100 })))
    await server.stop()
  })

  return {
    get server() {
      return server
    },
    newClient(options = {}) {
      const client = createClient({ trackingUri: server.uri, batchDelayMs: 5, maxBackoffMs: 50, ...options })
      clients.push(client)
      return client
    },
    stored(span) {
      const found = server.spans.get(span.spanId)
      if (found === undefined) throw new Error(`The span "${span.name}" is not on the server.`)
      return found
    },
  }
}
