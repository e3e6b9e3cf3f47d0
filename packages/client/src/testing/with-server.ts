import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Log, Span } from '@voxtrace/model'
import { afterEach, beforeEach, expect } from 'vitest'
import { type Client, createClient } from '../index.ts'
import type { ClientOptions } from '../options.ts'
import type { LiveSpan } from '../span.ts'
import { MisbehavingServer } from './misbehaving-server.ts'

/** What a test has for itself: a server, a directory, and clients that end with it. */
export interface WithServer {
  server: MisbehavingServer
  directory: string
  newClient(options?: Partial<ClientOptions>): Client
  /** A span as the server has it. */
  stored(span: LiveSpan): Span
}

/** Gives each test of a file what it needs, and puts it away after it. */
export function withServer(): WithServer {
  const clients: Client[] = []
  const given: WithServer = {
    server: new MisbehavingServer(),
    directory: '',
    newClient(options = {}) {
      const client = createClient({
        trackingUri: given.server.uri,
        batchDelayMs: 2,
        maxBackoffMs: 20,
        ...options,
      })
      clients.push(client)
      return client
    },
    stored(span) {
      const found = given.server.spans.get(span.spanId)
      if (found === undefined) throw new Error(`The span "${span.name}" is not on the server.`)
      return found
    },
  }

  beforeEach(async () => {
    given.server = await new MisbehavingServer().start()
    given.directory = await mkdtemp(join(tmpdir(), 'voxtrace-client-'))
  })

  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.shutdown({ deadlineMs: 50 })))
    await given.server.stop()
    await rm(given.directory, { recursive: true, force: true })
  })

  return given
}

/** Keeps what it is warned of. */
export class KeptLog implements Log {
  readonly warnings: Record<string, unknown>[] = []
  debug(): void {}
  info(): void {}
  error(): void {}
  warn(message: string, fields: Record<string, unknown> = {}): void {
    this.warnings.push({ message, ...fields })
  }
}

/** Records a small conversation and gives the ids of its spans. */
export function converse(client: Client, turns = 3): string[] {
  const run = client.startRun({ runName: 'call' })
  const root = client.startSpan({ name: 'conversation', run })
  const ids = [root.spanId]
  for (let number = 1; number <= turns; number++) {
    const turn = client.startSpan({ name: 'turn', parent: root, inputs: { number } })
    ids.push(turn.spanId)
    turn.end({ outputs: `answer ${number}` })
    run.logMetric('turn.voice_to_voice_ms', number * 100, { step: number, timestampMs: number })
  }
  root.end()
  run.end()
  client.logFeedback({ traceId: root.traceId, name: 'judge.tone', value: 5 })
  return ids
}

/** That a server has a conversation that `converse` recorded, each thing of it once. */
export function expectWholeConversation(server: MisbehavingServer, ids: readonly string[], turns = 3): void {
  expect([...server.spans.keys()].sort()).toEqual([...ids].sort())
  for (const span of server.spans.values()) expect(span.endTimeUnixNano).not.toBeNull()
  expect(server.runs.size).toBe(1)
  const [[runId, run] = []] = server.runs
  expect(run?.status).toBe('FINISHED')
  expect(run?.metrics.size).toBe(turns)
  expect(server.assessments.size).toBe(1)
  expect(server.traces.size).toBe(1)
  const [trace] = server.traces.values()
  expect(trace).toMatchObject({ state: 'OK', trace_metadata: { 'mlflow.sourceRun': runId } })
}

export async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 60_000
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('It did not come to pass within a minute.')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
