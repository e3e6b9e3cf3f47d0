/**
 * What was acknowledged is there, whoever is killed when. Server and database are killed at random under load and
 * started again, for `VOXTRACE_KILL_ROUNDS` rounds (3 unless set), then everything is counted.
 */
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@voxtrace/store'
import { silentLog } from '@voxtrace/store/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { query } from '../bench/ingest/database.ts'
import { OtlpBodies, spansPerRequest } from '../bench/ingest/otlp-load.ts'
import { type OwnServer, startOwnServer } from '../bench/ingest/own-server.ts'
import { lastingPort } from '../packages/client/src/testing/lasting-port.ts'

const rounds = Number(process.env.VOXTRACE_KILL_ROUNDS ?? 3)
const seed = Number(process.env.VOXTRACE_SEED ?? 1)
const connections = 4

let directory: string
let postgres: EmbeddedPostgres
let server: OwnServer
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'voxtrace-durability-'))
  // The port of the start before, which a server that lives goes on asking.
  await writeFile(join(directory, 'port'), String(await lastingPort()))
  await startDatabase()
  server = await startOwnServer(postgres.databaseUrl)
})
afterAll(async () => {
  await server.stop()
  await postgres.stop()
  await rm(directory, { recursive: true, force: true })
})

async function startDatabase(): Promise<void> {
  postgres = await startEmbeddedPostgres({ directory, log: silentLog })
  // Its end is what this test brings about.
  postgres.failed.catch(() => {})
}

async function killDatabase(): Promise<void> {
  const pidFile = await readFile(join(directory, 'cluster', 'data', 'postmaster.pid'), 'utf8')
  process.kill(Number(pidFile.split('\n')[0]), 'SIGKILL')
  await postgres.failed.catch(() => {})
}

/** A number from 0 to 1 that the seed and the round decide. */
function chance(round: number, name: string): number {
  return createHash('sha256').update(`${seed}/${round}/${name}`).digest().readUInt32BE(0) / 2 ** 32
}

/** Sends traces until it is told to stop. Those without an answer are sent again in the next round. */
class Sender {
  readonly #bodies = new OtlpBodies()
  readonly acknowledged = new Set<string>()
  readonly #unanswered: Buffer[] = []
  #stopping = false

  async run(): Promise<void> {
    this.#stopping = false
    await Promise.all(Array.from({ length: connections }, () => this.#send()))
  }

  stop(): void {
    this.#stopping = true
  }

  /** Sends what is without an answer until it has one. */
  async deliver(): Promise<void> {
    while (this.#unanswered.length > 0) {
      this.#stopping = false
      await Promise.all(Array.from({ length: connections }, () => this.#send(false)))
    }
  }

  async #send(more = true): Promise<void> {
    while (!this.#stopping) {
      const body = this.#unanswered.shift() ?? (more ? this.#bodies.next() : null)
      if (body === null) return
      const answer = await fetch(`${server.url}/v1/traces`, {
        method: 'POST',
        // The server answers within 30 s, whatever becomes of its database.
        signal: AbortSignal.timeout(60_000),
        headers: { 'content-type': 'application/x-protobuf' },
        body: new Uint8Array(body),
      }).catch((error: unknown) => {
        if (error instanceof Error && error.name === 'TimeoutError')
          throw new Error('a request had no answer within a minute')
        return null
      })
      await answer?.text().catch(() => null)
      if (answer?.status === 200) this.acknowledged.add(this.#bodies.traceIdOf(body))
      else {
        this.#unanswered.push(body)
        if (answer !== null && ![429, 503].includes(answer.status))
          throw new Error(`a good request was answered ${answer.status}`)
        await sleep(20)
      }
    }
  }
}

test(
  `keeps every acknowledged span over ${rounds} kills of server and database`,
  async () => {
    const sender = new Sender()
    for (let round = 0; round < rounds; round++) {
      const running = sender.run()
      await sleep(300 + chance(round, 'delay') * 1200)
      const victim = chance(round, 'victim')
      if (victim < 0.67) await server.kill()
      if (victim > 0.33) await killDatabase()
      await sleep(chance(round, 'pause') * 200)
      sender.stop()
      await running
      if (victim > 0.33) await startDatabase()
      if (victim < 0.67) server = await startOwnServer(postgres.databaseUrl)
      const [found] = await query<{ lost: string }>(
        postgres.databaseUrl,
        `SELECT count(*) AS lost FROM unnest($1::text[]) AS sent (trace_id)
       WHERE ${spansPerRequest} <> (SELECT count(*) FROM spans WHERE spans.trace_id = sent.trace_id)`,
        [[...sender.acknowledged]],
      )
      expect(found?.lost, `acknowledged traces that are not whole after round ${round}`).toBe('0')
    }
    await sender.deliver()
    const traceIds = [...sender.acknowledged]
    const [stored] = await query<{ traces: string; spans: string; told: string }>(
      postgres.databaseUrl,
      `SELECT count(DISTINCT t.trace_id) AS traces, count(*) AS spans, sum(span_count) / ${spansPerRequest} AS told
     FROM traces t JOIN spans USING (trace_id)`,
    )
    expect(stored).toEqual({
      traces: String(traceIds.length),
      spans: String(traceIds.length * spansPerRequest),
      told: String(traceIds.length * spansPerRequest),
    })
    // The figures of dashboards, too, have each trace once, though many were sent again.
    for (;;) {
      const [row] = await query<{ left: boolean }>(
        postgres.databaseUrl,
        'SELECT EXISTS (SELECT FROM traces_to_count) AS left',
      )
      if (row?.left !== true) break
      await sleep(100)
    }
    const [figures] = await query<{ count: string }>(
      postgres.databaseUrl,
      `SELECT sum(count) AS count FROM dashboard_figures WHERE metric = 'spans' AND dimension = ''`,
    )
    expect(figures?.count).toBe(String(traceIds.length * spansPerRequest))
    console.log(`${rounds} rounds: ${traceIds.length * spansPerRequest} spans acknowledged and there`)
  },
  120_000 + rounds * 30_000,
)
