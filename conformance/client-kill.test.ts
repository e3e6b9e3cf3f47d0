import { spawn } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createClient } from '@voxtrace/client'
import { startTrackingServer, type TrackingServer } from '@voxtrace/server/testing'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'

/** 100 by `VOXTRACE_KILL_ROUNDS=100 npm test -- conformance/client-kill.test.ts`. */
const rounds = Number(process.env.VOXTRACE_KILL_ROUNDS ?? 5)

let server: TrackingServer

beforeAll(async () => {
  server = await startTrackingServer()
})

afterAll(() => server.stop())

interface Told {
  atMs: number
  spanId: string
  /** How many of the spans told before it were in the journal. */
  journalled: number
}

/**
 * Runs the recording process until it is killed, some time after it has begun, in every other round after something is in
 * the journal; gives what it told, and when it died.
 */
async function killedRound(round: number, spill: string): Promise<{ told: Told[]; killedAtMs: number }> {
  const program = fileURLToPath(new URL('client/recording-process.ts', import.meta.url))
  const args = ['--conditions=@voxtrace/source', program, server.url, spill, String(round)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  let killedAtMs = 0
  const liveMs = 30 + Math.random() * 200
  const beganWith = round % 2 === 0 ? /\n/ : / [1-9]\d*\n/
  let hasBegun = false
  child.stdout.on('data', (chunk) => {
    text += chunk
    if (hasBegun || !beganWith.test(text)) return
    hasBegun = true
    setTimeout(() => {
      killedAtMs = performance.timeOrigin + performance.now()
      child.kill('SIGKILL')
    }, liveMs)
  })
  await new Promise((resolve) => child.on('close', resolve))
  const told = text
    .split('\n')
    .filter((line) => line.split(' ').length === 3)
    .map((line) => {
      const [atMs, spanId = '', journalled] = line.split(' ')
      return { atMs: Number(atMs), spanId, journalled: Number(journalled) }
    })
  return { told, killedAtMs }
}

function spread(values: readonly number[], unit: string): string {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(1)
  return `${at(0.5)} ${unit} (median), ${at(0.9)} ${unit} (90 %), ${at(1)} ${unit} (all)`
}

it(
  'loses by kill -9 only the last of what was recorded, and doubles nothing',
  async () => {
    const spill = join(server.directory, 'spill')
    const all: Told[] = []
    let lost = 0
    const beforeKill: number[] = []
    const beforeLastTold: number[] = []
    const notJournalled: number[] = []
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
    // A kill cuts off the record that is being written, and no other.
    expect(damagedRecords).toBeLessThanOrEqual(rounds)

    const connection = new pg.Client({ connectionString: server.databaseUrl })
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
      const journalled = told.at(-1)?.journalled ?? 0
      notJournalled.push(told.length - journalled)
      expect(told.slice(0, journalled).filter(({ spanId }) => !isStored.has(spanId))).toEqual([])
      // What is lost is the end of what was told: nothing before a span that was kept.
      const firstMissing = told.findIndex(({ spanId }) => !isStored.has(spanId))
      if (firstMissing >= 0) expect(missing).toHaveLength(told.length - firstMissing)
    }
    const metrics = await count('SELECT count(*) FROM metrics')
    const runs = await count('SELECT count(*) FROM runs')
    await connection.end()
    console.log(
      `${rounds} rounds of kill -9: ${all.length} spans told, ${lost} lost; all of them were recorded in the last ` +
        `${spread(beforeKill, 'ms')} before the kill, and in the last ${spread(beforeLastTold, 'ms')} before the last one told; ` +
        `not known to be in the journal then: ${spread(notJournalled, 'spans')}; ` +
        `${stored.length} spans, ${metrics} metrics and ${runs} runs stored; ${damagedRecords} records cut off`,
    )
    expect(runs).toBeLessThanOrEqual(rounds)
    // Without it nothing above would say anything of the journal.
    expect(Math.max(...kills.map(({ told }) => told.at(-1)?.journalled ?? 0))).toBeGreaterThan(0)
  },
  120_000 + rounds * 15_000,
)
