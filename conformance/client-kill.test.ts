import { spawn } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createClient } from '@voxtrace/client'
import { type Server, startServer } from '@voxtrace/server'
import { createTestDatabase, silentLog, type TestDatabase } from '@voxtrace/store/testing'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'

/** 100 by `VOXTRACE_KILL_ROUNDS=100 npm test -- conformance/client-kill.test.ts`. */
const rounds = Number(process.env.VOXTRACE_KILL_ROUNDS ?? 5)

let database: TestDatabase
let server: Server
let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'voxtrace-kill-'))
  database = await createTestDatabase()
  server = await startServer({
    host: '127.0.0.1',
    port: 0,
    databaseUrl: database.databaseUrl,
    artifactDirectory: join(directory, 'artifacts'),
    webDirectory: null,
    botUrl: null,
    version: '3.4.0',
    log: silentLog,
  })
})

afterAll(async () => {
  await server.close()
  await database.drop()
  await rm(directory, { recursive: true, force: true })
})

interface Told {
  atMs: number
  traceId: string
  spanId: string
}

/** Runs the recording process until it is killed, some time after it has begun; gives what it told, and when it died. */
async function killedRound(round: number, spill: string): Promise<{ told: Told[]; killedAtMs: number }> {
  const program = fileURLToPath(new URL('client/recording-process.ts', import.meta.url))
  const args = ['--conditions=@voxtrace/source', program, server.url, spill, String(round)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  let killedAtMs = 0
  const liveMs = 30 + Math.random() * 200
  child.stdout.on('data', (chunk) => {
    if (text === '') {
      setTimeout(() => {
        killedAtMs = performance.timeOrigin + performance.now()
        child.kill('SIGKILL')
      }, liveMs)
    }
    text += chunk
  })
  await new Promise((resolve) => child.on('close', resolve))
  const told = text
    .split('\n')
    .filter((line) => line.split(' ').length === 3)
    .map((line) => {
      const [atMs, traceId = '', spanId = ''] = line.split(' ')
      return { atMs: Number(atMs), traceId, spanId }
    })
  return { told, killedAtMs }
}

function spread(milliseconds: readonly number[]): string {
  const sorted = milliseconds.toSorted((a, b) => a - b)
  const at = (share: number) => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(1)
  return `${at(0.5)} ms (median), ${at(0.9)} ms (90 %), ${at(1)} ms (all)`
}

it(
  'loses by kill -9 only the last of what was recorded, and doubles nothing',
  async () => {
    const spill = join(directory, 'spill')
    const all: Told[] = []
    let lost = 0
    const beforeKill: number[] = []
    const beforeLastTold: number[] = []
    const kills: { told: Told[]; killedAtMs: number }[] = []
    for (let round = 1; round <= rounds; round++) {
      const killed = await killedRound(round, spill)
      kills.push(killed)
      all.push(...killed.told)
    }
    const last = createClient({ trackingUri: server.url, spillDirectory: spill, handleExit: false })
    const segments = async () =>
      (await readdir(spill, { recursive: true })).filter((name) => name.endsWith('.segment'))
    await expect.poll(segments, { timeout: 120_000 }).toEqual([])
    await last.shutdown()
    expect((await readdir(spill)).filter((name) => name !== 'set-aside')).toEqual([])
    const { dropped, damagedRecords } = last.stats()
    expect(dropped.refused).toEqual({ spans: 0, metrics: 0, other: 0 })

    const connection = new pg.Client({ connectionString: database.databaseUrl })
    await connection.connect()
    const count = async (sql: string) => Number((await connection.query(sql)).rows[0].count)
    const { rows } = await connection.query("SELECT span_id FROM spans WHERE name = 'turn'")
    const stored = rows.map((row) => String(row.span_id))
    const isStored = new Set(stored)
    expect(isStored.size).toBe(stored.length)
    for (const { told, killedAtMs } of kills) {
      const missing = told.filter(({ spanId }) => !isStored.has(spanId))
      lost += missing.length
      const oldestMs = missing[0]?.atMs ?? killedAtMs
      beforeKill.push(killedAtMs - oldestMs)
      beforeLastTold.push(Math.max(0, (told.at(-1)?.atMs ?? 0) - oldestMs))
      // What is lost is the end of what was told: nothing before a span that was kept.
      const firstMissing = told.findIndex(({ spanId }) => !isStored.has(spanId))
      if (firstMissing >= 0) expect(missing).toHaveLength(told.length - firstMissing)
    }
    const metrics = await count('SELECT count(*) FROM metrics')
    const runs = await count('SELECT count(*) FROM runs')
    await connection.end()
    const oldestLostMs = Math.max(...beforeKill)
    console.log(
      `${rounds} rounds of kill -9: ${all.length} spans told, ${lost} lost; all of them were recorded in the last ` +
        `${spread(beforeKill)} before the kill, and in the last ${spread(beforeLastTold)} before the last one told; ` +
        `${stored.length} spans, ${metrics} metrics and ${runs} runs stored; ${damagedRecords} records cut off`,
    )
    expect(runs).toBeLessThanOrEqual(rounds)
    // Far more than the journal's delay, since a shared machine now and then does not let a process run.
    expect(oldestLostMs).toBeLessThan(2000)
  },
  120_000 + rounds * 15_000,
)
