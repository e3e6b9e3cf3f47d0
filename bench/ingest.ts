/**
 * How fast spans are taken in, beside what PostgreSQL's own binary COPY does with the same rows in the same run, and
 * beside other servers on the same PostgreSQL.
 *
 *     npm run bench:ingest -- [--seconds 15] [--connections 4] [--rows 1000000] [--profile DIR] [--database URL]
 *
 * OTLP protobuf, 50 spans of about 2 KB a request, each request one trace; an answer comes after the commit. The load,
 * the server, and the database share the machine. With --rows the rate is measured again on a table of that many
 * spans, made by replication in SQL; 0 leaves that out. --profile keeps the server's processor profile.
 *
 * VOXTRACE_BENCH_MLFLOW_PYTHON and VOXTRACE_BENCH_PHOENIX_PYTHON name Python interpreters that have `mlflow` with
 * `psycopg2-binary`, and `arize-phoenix[pg]`; without them these are skipped.
 */
import { cpus } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { query, startBenchDatabase } from './ingest/database.ts'
import { type LoadResult, load, OtlpBodies, spansPerRequest, type Target } from './ingest/otlp-load.ts'
import { startOwnServer } from './ingest/own-server.ts'
import { type Peer, startMlflow, startPhoenix } from './ingest/peers.ts'
import { perSpan, processorTime } from './ingest/processor-time.ts'
import { replicateSpans } from './ingest/replicate.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '15' },
    connections: { type: 'string', default: '4' },
    rows: { type: 'string', default: '1000000' },
    profile: { type: 'string' },
    database: { type: 'string' },
  },
})
const seconds = Number(values.seconds)
const connections = Number(values.connections)
const rows = Number(values.rows)
const warmUpSeconds = 4

const bodies = new OtlpBodies()
console.log(
  `${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.version}; ${connections} connections, ` +
    `${spansPerRequest} spans of ${Math.round(bodies.bytesPerRequest / spansPerRequest)} bytes a request, ${seconds} s a measurement`,
)
const postgres = await startBenchDatabase(values.database)
try {
  const databaseUrl = await postgres.create('bench_voxtrace')
  const server = await startOwnServer(databaseUrl, values.profile)
  await makeLogFiles(databaseUrl)
  const target = { url: `${server.url}/v1/traces`, headers: {} }
  const empty = await measure('Voxtrace', target, server.pid)
  const stored = await countOf(databaseUrl)
  const copy = await measureCopy(databaseUrl)
  console.log(`  ratio to COPY: ${percent(empty / copy)}`)
  if (rows > 0) {
    const made = await replicateSpans(databaseUrl, rows)
    const full = await measure(
      `Voxtrace, ${made.toLocaleString('en')} spans in the table`,
      target,
      server.pid,
    )
    console.log(`  ratio to the empty table: ${percent(full / empty)}`)
  }
  await server.stop()
  console.log(`  ${stored.toLocaleString('en')} spans were stored before COPY`)
  await measurePeer(process.env.VOXTRACE_BENCH_MLFLOW_PYTHON, 'mlflow', startMlflow, empty)
  await measurePeer(process.env.VOXTRACE_BENCH_PHOENIX_PYTHON, 'phoenix', startPhoenix, empty)
} finally {
  await postgres.stop()
}

/**
 * Writes as much of the write-ahead log as fits between two checkpoints, so that what follows finds its files made, as in a
 * database that has run for a while, and as the COPY does that is measured last.
 */
async function makeLogFiles(databaseUrl: string): Promise<void> {
  for (let part = 0; part < 10; part++)
    await query(databaseUrl, `SELECT pg_logical_emit_message(false, 'bench', repeat('x', 100000000))`)
  await query(databaseUrl, 'CHECKPOINT')
}

/** Spans a second that were acknowledged. */
async function measure(name: string, target: Target, serverPid: number): Promise<number> {
  await load(target, bodies, { connections, seconds: warmUpSeconds })
  const before = processorTime(serverPid, postgres.pid)
  const result = await load(target, bodies, { connections, seconds })
  const rate = result.spans / result.seconds
  console.log(`${name}: ${rate.toFixed(0)} spans/s, ${latencyOf(result)}`)
  console.log(
    `  processor time, µs a span: ${perSpan(before, processorTime(serverPid, postgres.pid), result.spans)}`,
  )
  for (const [status, count] of result.refused) console.log(`  ${count} requests were answered ${status}`)
  return rate
}

/**
 * Writes the table out and copies it, by the server itself and over one connection, into one with the same columns,
 * indexes and storage, whose rows go through the write-ahead log as those of any table.
 */
async function measureCopy(databaseUrl: string): Promise<number> {
  const [directory] = await query<{ setting: string }>(
    databaseUrl,
    `SELECT setting FROM pg_settings WHERE name = 'data_directory'`,
  )
  const file = `${directory?.setting ?? '/tmp'}/voxtrace-bench.copy`
  await query(databaseUrl, `COPY spans TO '${file}' (FORMAT binary)`)
  const rates: number[] = []
  for (let round = 0; round < 3; round++) {
    await query(databaseUrl, 'CREATE TABLE copied (LIKE spans INCLUDING ALL)')
    await query(databaseUrl, 'CHECKPOINT')
    const started = performance.now()
    await query(databaseUrl, `COPY copied FROM '${file}' (FORMAT binary)`)
    const seconds = (performance.now() - started) / 1000
    const [copied] = await query<{ count: string }>(databaseUrl, 'SELECT count(*) FROM copied')
    rates.push(Number(copied?.count ?? 0) / seconds)
    await query(databaseUrl, 'DROP TABLE copied')
  }
  const rate = rates.sort((a, b) => a - b)[1] ?? Number.NaN
  console.log(`PostgreSQL's binary COPY of these rows: ${rate.toFixed(0)} spans/s (median of three)`)
  await query(databaseUrl, `COPY (SELECT) TO '${file}'`)
  return rate
}

async function measurePeer(
  python: string | undefined,
  name: 'mlflow' | 'phoenix',
  start: (python: string, databaseUrl: string) => Promise<Peer>,
  own: number,
): Promise<void> {
  if (python === undefined) {
    console.log(`${name}: skipped, VOXTRACE_BENCH_${name.toUpperCase()}_PYTHON is not set`)
    return
  }
  const peer = await start(python, await postgres.create(`bench_${name}`))
  try {
    await load(peer.target, bodies, { connections, seconds: warmUpSeconds })
    const before = await settledCount(peer)
    const started = performance.now()
    const result = await load(peer.target, bodies, { connections, seconds })
    // A server may answer before it has stored; what it has stored is what counts.
    let stored = await peer.count()
    while (stored - before < result.spans && performance.now() - started < 4 * seconds * 1000) {
      await sleep(500)
      stored = await peer.count()
    }
    const rate = (stored - before) / ((performance.now() - started) / 1000)
    console.log(
      `${peer.name}: ${rate.toFixed(0)} spans/s stored, ${result.spans} acknowledged in ${result.seconds.toFixed(1)} s, ` +
        `${stored - before} stored, ${latencyOf(result)}`,
    )
    for (const [status, count] of result.refused) console.log(`  ${count} requests were answered ${status}`)
    console.log(`  Voxtrace beside it: × ${(own / rate).toFixed(1)}`)
  } finally {
    await peer.stop()
  }
}

/** How many spans a peer has stored, once that stays the same: it may store behind its answers. */
async function settledCount(peer: Peer): Promise<number> {
  for (let before = -1; ; ) {
    const now = await peer.count()
    if (now === before) return now
    before = now
    await sleep(2_000)
  }
}

async function countOf(databaseUrl: string): Promise<number> {
  const [row] = await query<{ count: string }>(databaseUrl, 'SELECT count(*) FROM spans')
  return Number(row?.count ?? 0)
}

function latencyOf({ latencies }: LoadResult): string {
  const at = (share: number) => latencies[Math.floor(share * (latencies.length - 1))]?.toFixed(1) ?? '–'
  return `answers p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(0)} %`
}
