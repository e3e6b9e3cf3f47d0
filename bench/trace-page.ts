/**
 * How soon the page of a large trace can be used and how smoothly it scrolls, in headless Chromium: the time from
 * opening the address until the first rows show and until every span has come, and the time between frames while the
 * rows scroll.
 *
 *     npm run bench:trace-page -- [--spans 50000]
 *
 * It needs the built web app (`npm run build`). Chromium is the one that VOXTRACE_CHROMIUM names, else /usr/bin/chromium.
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type EncodableSpan, encodeTraceRequest } from '@voxtrace/protocol/otlp/encode'
import { startServer } from '@voxtrace/server'
import { chromium, type Page } from 'playwright-core'
import { startBenchDatabase } from './ingest/database.ts'

const { values } = parseArgs({ options: { spans: { type: 'string', default: '50000' } } })
const total = Number(values.spans)
const spansPerRequest = 500
const rounds = 5
const traceId = randomBytes(16).toString('hex')
const begin = BigInt(Date.now()) * 1_000_000n

const postgres = await startBenchDatabase(undefined)
try {
  const artifactDirectory = await mkdtemp(join(tmpdir(), 'voxtrace-bench-artifacts-'))
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    databaseUrl: await postgres.create('bench_trace_page'),
    artifactDirectory,
    webDirectory: join(import.meta.dirname, '..', 'packages', 'web', 'dist'),
    botUrl: null,
    version: '0.0.0',
    log: { debug() {}, info() {}, warn: console.warn, error: console.error },
  })
  const browser = await chromium.launch({
    executablePath: process.env.VOXTRACE_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  })
  try {
    for (let first = 0; first < total; first += spansPerRequest) await send(server.url, first)
    const opened = []
    for (let round = 0; round < rounds; round++) {
      const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
      const started = performance.now()
      await page.goto(`${server.url}/traces/tr-${traceId}`, { waitUntil: 'commit' })
      await page.getByRole('row').nth(5).waitFor()
      const rowsMs = performance.now() - started
      await page.locator('.page-facts').getByText(total.toLocaleString('en-US')).waitFor()
      opened.push({ rowsMs, allMs: performance.now() - started })
      if (round === rounds - 1) console.log(await scrolled(page))
      await page.close()
    }
    console.log(`first rows after ${middle(opened.map(({ rowsMs }) => rowsMs))}`)
    console.log(`all ${total} spans after ${middle(opened.map(({ allMs }) => allMs))}`)
  } finally {
    await browser.close()
    await server.close()
    await rm(artifactDirectory, { recursive: true, force: true })
  }
} finally {
  await postgres.stop()
}

/** Unfolds everything and scrolls for two seconds, and tells how long frames took. */
async function scrolled(page: Page): Promise<string> {
  await page.getByLabel('Unfold to a depth').selectOption({ label: 'All levels' })
  const frames = await page.evaluate(async () => {
    const element = document.querySelector('.waterfall-scroll')
    if (!element) throw new Error('the page shows no rows')
    const times: number[] = []
    let last = performance.now()
    for (const began = last; last - began < 2000; ) {
      element.scrollTop += 300
      await new Promise((resolve) => requestAnimationFrame(resolve))
      const now = performance.now()
      times.push(now - last)
      last = now
    }
    return times.sort((a, b) => a - b)
  })
  const at = (share: number) => frames[Math.floor(share * (frames.length - 1))]?.toFixed(1)
  return `${frames.length} frames in 2 s of scrolling; median ${at(0.5)} ms, 95th percentile ${at(0.95)} ms, longest ${at(1)} ms`
}

async function send(url: string, first: number): Promise<void> {
  const spans = Array.from({ length: Math.min(spansPerRequest, total - first) }, (_, index) =>
    spanOf(first + index),
  )
  const response = await fetch(`${url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf', 'x-mlflow-experiment-id': '0' },
    body: new Uint8Array(
      encodeTraceRequest(spans, { 'service.name': 'bench' }, { name: 'bench', version: '1' }),
    ),
  })
  if (!response.ok) throw new Error(`POST /v1/traces answered ${response.status}: ${await response.text()}`)
}

/** A tree of seven children each, six levels deep at 50,000 spans. */
function spanOf(index: number): EncodableSpan {
  const id = (number: number) => (number + 1).toString(16).padStart(16, '0')
  const start = begin + BigInt(index) * 1_000_000n
  return {
    traceId,
    spanId: id(index),
    parentSpanId: index === 0 ? null : id(Math.floor((index - 1) / 7)),
    name: ['step', 'llm_generation', 'rag_retrieval', 'query'][index % 4] ?? '',
    startTimeUnixNano: start,
    endTimeUnixNano: start + 2_000_000_000n,
    status: { code: index % 500 === 499 ? 'ERROR' : 'OK', message: '' },
    attributes: { note: 'x'.repeat(500), index },
  }
}

function middle(times: number[]): string {
  const sorted = times.toSorted((a, b) => a - b)
  return `${sorted[Math.floor(sorted.length / 2)]?.toFixed(0)} ms (${sorted[0]?.toFixed(0)} to ${sorted.at(-1)?.toFixed(0)}, ${sorted.length} times)`
}
