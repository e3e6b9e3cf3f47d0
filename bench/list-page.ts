/**
 * How smoothly the list of an experiment's traces scrolls, in headless Chromium with a real server: the time between frames and
 * the work of the main thread while thousands of rows, which have been read before, scroll by at three speeds.
 *
 *     npm run bench:list-page -- [--traces 3000] [--rounds 3] [--web DIR]...
 *
 * Several builds of the web app (`--web` more than once) take turns in one run. It needs the built web app (`npm run build`).
 * Chromium is the one that VOXTRACE_CHROMIUM names, else Debian's.
 */
import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { type EncodableSpan, encodeTraceRequest } from '@voxtrace/protocol/otlp/encode'
import type { Browser, Page } from 'playwright-core'
import { openBrowser } from './caller/browser.ts'
import { type Measured, printMedians, smoothness } from './web/measured.ts'
import { workOf } from './web/page-work.ts'
import { serveBuilds } from './web/served-builds.ts'

const { values } = parseArgs({
  options: {
    traces: { type: 'string', default: '3000' },
    rounds: { type: 'string', default: '3' },
    web: { type: 'string', multiple: true },
  },
})
const total = Number(values.traces)
const rounds = Number(values.rounds)
const actMs = 2500
const tracesPerRequest = 300
/** In pixels of each frame; a row is 30 high. */
const speeds = { slowly: 60, fast: 300, 'a screen a frame': 800 }

const served = await serveBuilds('bench_list_page', values.web)
const browser = await openBrowser()
try {
  const figures = new Map(served.builds.map((build) => [build, [] as Measured[]]))
  for (let first = 0; first < total; first += tracesPerRequest) await send(served.url, first)
  for (let round = 0; round < rounds; round++) {
    for (const [{ url }, measured] of figures) measured.push(await measure(browser, url))
  }
  console.log(`${total} traces`)
  for (const [{ web }, measured] of figures) printMedians(web, measured)
} finally {
  await browser.close()
  await served.close()
}

async function measure(browser: Browser, url: string): Promise<Measured> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  const page = await context.newPage()
  await page.goto(`${url}/experiments/0`)
  await readAll(page)
  const measured: Measured = {}
  for (const [name, byPx] of Object.entries(speeds)) {
    const work = await workOf(browser, page, () => scroll(page, byPx))
    Object.assign(measured, smoothness(name, work))
  }
  await context.close()
  return measured
}

/** Goes to the end of what is loaded until that is all. */
async function readAll(page: Page): Promise<void> {
  await page.locator('.data-row').first().waitFor()
  await page.waitForFunction(
    ({ total, rowHeight }) => {
      const list = document.querySelector('.data-list')
      list?.scrollTo(0, list.scrollHeight)
      return (list?.scrollHeight ?? 0) >= total * rowHeight
    },
    { total, rowHeight: 30 },
    { timeout: 120_000 },
  )
}

/** Down from the top, and up again halfway through the time. */
async function scroll(page: Page, byPx: number): Promise<void> {
  await page.evaluate(
    async ({ byPx, actMs }) => {
      const list = document.querySelector('.data-list')
      if (!list) throw new Error('the page has no list')
      list.scrollTop = 0
      const began = performance.now()
      for (let at = began; at - began < actMs; at = performance.now()) {
        list.scrollTop += at - began > actMs / 2 ? -byPx : byPx
        await new Promise((resolve) => requestAnimationFrame(resolve))
      }
    },
    { byPx, actMs },
  )
}

async function send(url: string, first: number): Promise<void> {
  const spans = Array.from({ length: tracesPerRequest }, (_, index) => conversation(first + index)).flat()
  const response = await fetch(`${url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf', 'x-mlflow-experiment-id': '0' },
    body: new Uint8Array(
      encodeTraceRequest(spans, { 'service.name': 'bench' }, { name: 'bench', version: '1' }),
    ),
  })
  if (!response.ok) throw new Error(`POST /v1/traces answered ${response.status}: ${await response.text()}`)
}

/** A conversation of one turn, as long ago as its number says in minutes. */
function conversation(number: number): EncodableSpan[] {
  const traceId = randomBytes(16).toString('hex')
  const begin = BigInt(Date.now() - number * 60_000) * 1_000_000n
  const rootId = randomBytes(8).toString('hex')
  const span = (name: string, spanId: string, attributes: EncodableSpan['attributes']): EncodableSpan => ({
    traceId,
    spanId,
    parentSpanId: spanId === rootId ? null : rootId,
    name,
    startTimeUnixNano: begin,
    endTimeUnixNano: begin + 20_000_000_000n,
    status: { code: 'OK', message: '' },
    attributes,
  })
  const slowBy = (number * 37) % 900
  return [
    span('conversation', rootId, {}),
    span('turn', randomBytes(8).toString('hex'), {
      'turn.number': 1,
      'turn.user_text': `Question ${number}: what does a container cost while nobody calls it?`,
      'turn.agent_text': 'It is billed at the idle rate.',
      'turn.interrupted': number % 9 === 0,
      'turn.voice_to_voice_ms': 1060 + slowBy,
      'turn.latency.end_of_utterance_ms': 500,
      'turn.latency.speech_to_text_ms': 180,
      'turn.latency.rag_retrieval_ms': 40,
      'turn.latency.first_token_ms': 200 + slowBy,
      'turn.latency.first_clause_ms': 60,
      'turn.latency.first_audio_ms': 80,
      'llm.total_tokens': 900 + number,
    }),
  ]
}
