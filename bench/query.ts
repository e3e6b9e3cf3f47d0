/**
 * How fast a large database is read over HTTP: a trace by its id, the newest page, a page far down, a session, filtered
 * pages, a page of a large trace's spans, and a week of dashboard figures.
 *
 *     npm run bench:query -- [--spans 10000000] [--requests 300] [--database URL | --reuse URL]
 *
 * Traces are sent once, through OTLP, and copied in SQL under new ids over the week before until there are so many
 * spans; payloads are copied too, 2 KB a span, so 10 million spans take about 30 GB. Every request asks for another
 * trace, session or page, one at a time. --database is a PostgreSQL to make the data on, --reuse one that has it. The figures of dashboards are made by the server itself.
 */
import { cpus } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { query, startBenchDatabase } from './ingest/database.ts'
import { load, OtlpBodies } from './ingest/otlp-load.ts'
import { startOwnServer } from './ingest/own-server.ts'
import { replicateSpans } from './ingest/replicate.ts'
import { sendConversations } from './query/conversations.ts'

const { values } = parseArgs({
  options: {
    spans: { type: 'string', default: '10000000' },
    requests: { type: 'string', default: '300' },
    database: { type: 'string' },
    reuse: { type: 'string' },
  },
})
const requests = Number(values.requests)

const postgres = await startBenchDatabase(values.reuse ?? values.database)
try {
  const databaseUrl = values.reuse ?? (await postgres.create('bench_query'))
  const server = await startOwnServer(databaseUrl)
  const target = { url: `${server.url}/v1/traces`, headers: {} }
  if (values.reuse === undefined) {
    await sendConversations(target, 200)
    await load(target, new OtlpBodies(), { connections: 4, seconds: 3 })
  }
  const made = await replicateSpans(databaseUrl, Number(values.spans))
  if (values.reuse === undefined) await counted(databaseUrl)
  const [size] = await query<{ bytes: string }>(
    databaseUrl,
    `SELECT pg_total_relation_size('spans') AS bytes`,
  )
  console.log(
    `${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.version}; ${made.toLocaleString('en')} spans, ` +
      `${(Number(size?.bytes ?? 0) / 1e9).toFixed(1)} GB with their indexes`,
  )
  const traceIds = await texts(
    databaseUrl,
    `SELECT trace_id AS text FROM traces ORDER BY md5(trace_id) LIMIT ${requests}`,
  )
  const sessions = Array.from({ length: requests }, (_, index) => `session-${(index * 67) % 20_000}`)
  const experimentIds = await texts(databaseUrl, 'SELECT DISTINCT experiment_id::text AS text FROM traces')
  const experiment = `experiment_id=${experimentIds[0]}`
  const list = (filter: string) =>
    `/api/voxtrace/traces?${experiment}&max_results=50&filter=${encodeURIComponent(filter)}`
  const week = `/api/voxtrace/dashboard?${experiment}&from_ms=${Date.now() - 7 * 86_400_000}&to_ms=${Date.now() + 86_400_000}`

  await time(
    server.url,
    'trace by id',
    traceIds.map((id) => `/api/voxtrace/traces/${id}`),
  )
  await time(
    server.url,
    'page of its spans',
    traceIds.map((id) => `/api/voxtrace/traces/${id}/spans`),
  )
  await time(
    server.url,
    'newest page',
    traceIds.map(() => `/api/voxtrace/traces?${experiment}&max_results=50`),
  )
  await time(
    server.url,
    'pages one behind the other',
    await furtherPages(server.url, `/api/voxtrace/traces?${experiment}&max_results=50`),
  )
  await time(
    server.url,
    'session page',
    sessions.map((id) => list(`metadata.\`mlflow.trace.session\` = '${id}'`)),
  )
  await time(
    server.url,
    'filter by tag',
    traceIds.map((_, index) => list(`tags.campaign = 'c${index % 50}'`)),
  )
  await time(
    server.url,
    'filter by turn',
    traceIds.map((_, index) => list(`turn.voice_to_voice_ms > ${1500 + index}`)),
  )
  await time(
    server.url,
    'filter by state and duration',
    traceIds.map((_, index) => list(`status = 'OK' AND execution_time_ms > ${1000 + index}`)),
  )
  for (const [name, rest] of [
    ['week of voice-to-voice', '&metric=voice_to_voice_ms'],
    [
      'week of all metrics',
      '&metric=voice_to_voice_ms&metric=traces&metric=turns&metric=total_tokens&metric=trace_ms&metric=model_ms',
    ],
    ['week of tokens by model', '&metric=total_tokens&group_by=model'],
    ['week of traces by tag', '&metric=traces&metric=trace_ms&group_by=tag:campaign'],
  ] as const)
    await time(
      server.url,
      name,
      Array.from({ length: Math.min(requests, 50) }, () => week + rest),
    )
  await server.stop()
} finally {
  await postgres.stop()
}

async function time(url: string, name: string, paths: string[]): Promise<void> {
  const took: number[] = []
  let bytes = 0
  for (const path of paths) {
    const started = performance.now()
    const answer = await fetch(url + path)
    const body = await answer.text()
    took.push(performance.now() - started)
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${body.slice(0, 300)}`)
    bytes = Math.max(bytes, body.length)
  }
  took.sort((a, b) => a - b)
  const at = (share: number) => took[Math.floor(share * (took.length - 1))]?.toFixed(1) ?? '–'
  console.log(
    `${name}: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms (${took.length} requests, up to ${(bytes / 1000).toFixed(0)} KB)`,
  )
}

/** The paths of pages, each of which has to be asked for to know the next. */
async function furtherPages(url: string, first: string): Promise<string[]> {
  const paths = [first]
  for (let path = first; paths.length < requests; ) {
    const { nextPageToken }: { nextPageToken: string | null } = JSON.parse(
      await (await fetch(url + path)).text(),
    )
    if (nextPageToken === null) break
    path = `${first}&page_token=${encodeURIComponent(nextPageToken)}`
    paths.push(path)
  }
  return paths
}

/** Waits until the server has brought its figures up to date. */
async function counted(databaseUrl: string): Promise<void> {
  await query(
    databaseUrl,
    'INSERT INTO traces_to_count (trace_id) SELECT trace_id FROM traces WHERE trace_id NOT IN (SELECT trace_id FROM counted_traces)',
  )
  const started = performance.now()
  for (;;) {
    const [row] = await query<{ left: boolean }>(
      databaseUrl,
      'SELECT EXISTS (SELECT FROM traces_to_count) AS left',
    )
    if (row?.left !== true) break
    await sleep(1000)
  }
  console.log(`figures of dashboards counted in ${((performance.now() - started) / 1000).toFixed(0)} s`)
  await query(databaseUrl, 'VACUUM (ANALYZE) dashboard_figures')
}

async function texts(databaseUrl: string, statement: string): Promise<string[]> {
  return (await query<{ text: string }>(databaseUrl, statement)).map((row) => row.text)
}
