/**
 * How soon the page of a large trace can be used and how smoothly it scrolls, in headless Chromium with an empty cache:
 * the time from opening the address until the first rows show and until every span has come, both by the clock of the
 * page, and the time between frames while the rows scroll. It fails when the first rows come later than a second or
 * frames take longer than a sixtieth of one, at the median.
 *
 *     npm run bench:trace-page -- [--spans 50000]
 *
 * It needs the built web app (`npm run build`). Chromium is the one that VOXTRACE_CHROMIUM names, else Debian's.
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type EncodableSpan, encodeTraceRequest } from '@voxtrace/protocol/otlp/encode'
import { startServer } from '@voxtrace/server'
import { chromium, type Page } from 'playwright-core'
import { neededChromiumPath } from './caller/browser.ts'
import { startBenchDatabase } from './ingest/database.ts'

const { values } = parseArgs({ options: { spans: { type: 'string', default: '50000' } } })
const total = Number(values.spans)
const spansPerRequest = 500
const rounds = 5
const mostRowsMs = 1000
/** Frames are a sixtieth of a second apart, give or take what the clock of a page is coarse by. */
const mostFrameMs = 17
const traceId = randomBytes(16).toString('hex')
const begin = BigInt(Date.now()) * 1_000_000n

interface Opened {
  rowsMs: number
  allMs: number
}

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
    executablePath: neededChromiumPath(),
    args: ['--no-sandbox', '--disable-gpu'],
  })
  try {
    for (let first = 0; first < total; first += spansPerRequest) await send(server.url, first)
    const opened: Opened[] = []
    let frames: number[] = []
    for (let round = 0; round < rounds; round++) {
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
      const page = await context.newPage()
      opened.push(await open(page, server.url))
      if (round === rounds - 1) frames = await scroll(page)
      await context.close()
    }
    const rows = sorted(opened.map(({ rowsMs }) => rowsMs))
    const all = sorted(opened.map(({ allMs }) => allMs))
    const at = (share: number) => frames[Math.floor(share * (frames.length - 1))] ?? Number.NaN
    console.log(`first rows after ${summary(rows)}`)
    console.log(`all ${total} spans after ${summary(all)}`)
    console.log(
      `${frames.length} frames in 2 s of scrolling; median ${at(0.5).toFixed(1)} ms, 95th percentile ${at(0.95).toFixed(1)} ms, longest ${at(1).toFixed(1)} ms`,
    )
    if (middle(rows) > mostRowsMs || at(0.5) > mostFrameMs) {
      console.error(`slower than ${mostRowsMs} ms to the first rows or ${mostFrameMs} ms a frame`)
      process.exitCode = 1
    }
  } finally {
    await browser.close()
    await server.close()
    await rm(artifactDirectory, { recursive: true, force: true })
  }
} finally {
  await postgres.stop()
}

/** Opens the page of the trace and waits for all of it. */
async function open(page: Page, url: string): Promise<Opened> {
  await page.addInitScript((total) => {
    const opened: { rowsMs?: number; allMs?: number } = {}
    Object.assign(globalThis, { opened })
    const look = () => {
      if (opened.rowsMs === undefined && document.querySelectorAll('.span-row').length > 5) {
        opened.rowsMs = Number.NaN
        // The rows are on the screen when the frame after theirs begins.
        requestAnimationFrame(() =>
          requestAnimationFrame(() => {
            opened.rowsMs = performance.now()
          }),
        )
      }
      const isAll = document.querySelector('.page-facts')?.textContent?.includes(total)
      if (opened.allMs === undefined && isAll) opened.allMs = performance.now()
    }
    new MutationObserver(look).observe(document, { childList: true, subtree: true, characterData: true })
  }, total.toLocaleString('en-US'))
  await page.goto(`${url}/traces/tr-${traceId}`, { waitUntil: 'commit' })
  const opened = await page.waitForFunction(
    () => {
      const { opened }: { opened?: Partial<Opened> } = Object(globalThis)
      const { rowsMs, allMs } = opened ?? {}
      return rowsMs && allMs ? { rowsMs, allMs } : null
    },
    null,
    { timeout: 60_000 },
  )
  const found = await opened.jsonValue()
  if (found === null) throw new Error('the page showed no rows')
  return found
}

/** Unfolds everything and scrolls for two seconds; how long frames took, in milliseconds and in order. */
async function scroll(page: Page): Promise<number[]> {
  await page.getByLabel('Unfold to a depth').selectOption({ label: 'All levels' })
  return page.evaluate(async () => {
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

function sorted(times: number[]): number[] {
  return times.toSorted((a, b) => a - b)
}

function middle(times: readonly number[]): number {
  return times[Math.floor(times.length / 2)] ?? Number.NaN
}

function summary(times: readonly number[]): string {
  return `${middle(times).toFixed(0)} ms (${times[0]?.toFixed(0)} to ${times.at(-1)?.toFixed(0)}, ${times.length} times)`
}
