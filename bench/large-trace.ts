/**
 * A trace of 50,000 spans of 2 KB: written in requests of 500 spans, read back page by page without payloads, and span
 * by span with them, and what the server's memory grows to meanwhile (Linux only).
 *
 *     npm run bench:large-trace -- [--spans 50000]
 */
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { SpanPage } from '@voxtrace/protocol'
import { type EncodableSpan, encodeTraceRequest } from '@voxtrace/protocol/otlp/encode'
import { query, startBenchDatabase } from './ingest/database.ts'
import { startOwnServer } from './ingest/own-server.ts'

const { values } = parseArgs({ options: { spans: { type: 'string', default: '50000' } } })
const total = Number(values.spans)
const spansPerRequest = 500
const traceId = randomBytes(16).toString('hex')
const begin = BigInt(Date.now()) * 1_000_000n

const postgres = await startBenchDatabase(undefined)
try {
  const databaseUrl = await postgres.create('bench_large')
  const server = await startOwnServer(databaseUrl)
  console.log(`server at rest: ${await memory(server.pid)}`)
  const written = await timed(async () => {
    for (let first = 0; first < total; first += spansPerRequest) await send(server.url, first)
  })
  console.log(
    `${total} spans written in ${written.toFixed(1)} s, ${(total / written).toFixed(0)} spans/s: ${await memory(server.pid)}`,
  )
  const pages: number[] = []
  const spanIds: string[] = []
  for (let token: string | null = ''; token !== null; ) {
    const started = performance.now()
    const page: SpanPage = await read(
      `${server.url}/api/voxtrace/traces/tr-${traceId}/spans?page_token=${token}`,
    )
    pages.push(performance.now() - started)
    spanIds.push(...page.spans.map((span) => span.spanId))
    token = page.nextPageToken
  }
  if (new Set(spanIds).size !== total) throw new Error(`${new Set(spanIds).size} spans came back`)
  console.log(
    `read in ${pages.length} pages of up to 1000, ${middle(pages)} each: ${await memory(server.pid)}`,
  )
  const single: number[] = []
  for (let index = 0; index < 200; index++) {
    const spanId = spanIds[(index * 7919) % spanIds.length]
    const started = performance.now()
    await read(`${server.url}/api/voxtrace/traces/tr-${traceId}/spans/${spanId}`)
    single.push(performance.now() - started)
  }
  console.log(`one span with its payload: ${middle(single)}: ${await memory(server.pid)}`)
  await settled(databaseUrl)
  const [trace] = await query<{ usage: string }>(
    databaseUrl,
    `SELECT metadata ->> 'mlflow.trace.tokenUsage' AS usage FROM traces`,
  )
  console.log(`its tokens: ${trace?.usage}`)
  await server.stop()
} finally {
  await postgres.stop()
}

/** Waits until what is summed up behind the writers is. */
async function settled(databaseUrl: string): Promise<void> {
  for (;;) {
    const [row] = await query<{ left: boolean }>(
      databaseUrl,
      'SELECT EXISTS (SELECT FROM traces_to_count) AS left',
    )
    if (row?.left !== true) return
    await sleep(200)
  }
}

async function send(url: string, first: number): Promise<void> {
  const spans = Array.from({ length: Math.min(spansPerRequest, total - first) }, (_, index) =>
    spanAt(first + index),
  )
  const answer = await fetch(`${url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body: new Uint8Array(
      encodeTraceRequest(spans, { 'service.name': 'bench' }, { name: 'bench', version: '1' }),
    ),
  })
  if (!answer.ok) throw new Error(`answered ${answer.status} ${await answer.text()}`)
}

/** A tree in which every span has ten children. */
function spanAt(index: number): EncodableSpan {
  const start = begin + BigInt(index) * 1_000_000n
  return {
    traceId,
    spanId: (index + 1).toString(16).padStart(16, '0'),
    parentSpanId: index === 0 ? null : (Math.floor((index - 1) / 10) + 1).toString(16).padStart(16, '0'),
    name: `step ${index}`,
    startTimeUnixNano: start,
    endTimeUnixNano: start + 5_000_000n,
    status: { code: 'OK', message: '' },
    attributes: {
      'input.value': 'a long question '.repeat(60),
      'output.value': 'a long answer '.repeat(65),
      ...(index % 100 === 99 ? { 'gen_ai.usage.input_tokens': 10, 'gen_ai.usage.output_tokens': 1 } : {}),
    },
  }
}

async function read<Answer>(url: string): Promise<Answer> {
  const answer = await fetch(url)
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${text.slice(0, 300)}`)
  return JSON.parse(text)
}

async function timed(work: () => Promise<void>): Promise<number> {
  const started = performance.now()
  await work()
  return (performance.now() - started) / 1000
}

/** What the process holds now and held at most. */
async function memory(pid: number): Promise<string> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const megabytes = (name: string) =>
    Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? Number.NaN) / 1024)
  return `${megabytes('VmRSS')} MB, at most ${megabytes('VmHWM')} MB`
}

function middle(values: number[]): string {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))]?.toFixed(1) ?? '–'
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`
}
