/**
 * How heavy the page of a long call is, in headless Chromium with a real server: how soon it can be used, what it holds, how
 * smoothly it scrolls, zooms, pans and plays, and how long a turn that arrives keeps the main thread from anything else.
 *
 *     npm run bench:long-call-page -- [--turns 640] [--rounds 3] [--web DIR]...
 *
 * 640 turns are three hours. Calls of several lengths (`--turns 40,640`) and several builds of the web app (`--web` more than
 * once) take turns in one run. It needs the built web app (`npm run build`). Chromium is the one that VOXTRACE_CHROMIUM names, else Debian's.
 */
import { loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { openBrowser } from './caller/browser.ts'
import { LongCall, soundOf, turnMs } from './web/long-call.ts'
import { type Measured, printMedians, smoothness } from './web/measured.ts'
import { sum, workOf } from './web/page-work.ts'
import { serveBuilds } from './web/served-builds.ts'

const { values } = parseArgs({
  options: {
    turns: { type: 'string', default: '640' },
    rounds: { type: 'string', default: '3' },
    'live-turns': { type: 'string', default: '2' },
    web: { type: 'string', multiple: true },
  },
})
const rounds = Number(values.rounds)
const liveTurns = Number(values['live-turns'])
const lengths = values.turns.split(',').map(Number)
const actMs = 2500
/** The bot sends its sound every second. */
const soundEveryMs = 1000

const served = await serveBuilds('bench_long_call_page', values.web)
const browser = await openBrowser()
try {
  for (const turns of lengths) await measure(turns)
} finally {
  await browser.close()
  await served.close()
}

async function measure(turns: number): Promise<void> {
  const sound = soundOf(turns + 1)
  const ended = new LongCall(served.url, Date.now() - turns * turnMs)
  await ended.send(turns, true)
  await ended.record(sound, 0, true)
  const figures = new Map(
    served.builds.map((build) => [build, { ended: [] as Measured[], live: [] as Measured[] }]),
  )
  for (let round = 0; round < rounds; round++) {
    for (const [{ url }, build] of figures) build.ended.push(await measureEnded(browser, url, ended))
  }
  for (let round = 0; round < rounds; round++) {
    for (const [{ url }, build] of figures) build.live.push(await measureLive(browser, url, turns, sound))
  }
  const load = loadavg().map((load) => load.toFixed(1))
  console.log(`${turns} turns, ${(sound.length / 1e6).toFixed(0)} MB of sound (load ${load.join(' ')})`)
  for (const [{ web }, build] of figures) {
    printMedians(web, build.ended)
    printMedians(`${web}, live`, build.live)
  }
}

async function measureEnded(browser: Browser, url: string, call: LongCall): Promise<Measured> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  const page = await context.newPage()
  await page.addInitScript(watchOpening)
  let opened = { shownMs: 0, readyMs: 0 }
  const opening = await workOf(browser, page, async () => {
    await page.goto(`${url}/traces/${call.traceId}`, { waitUntil: 'commit' })
    const handle = await page.waitForFunction(() => {
      const { opening }: { opening?: { shownMs?: number; readyMs?: number } } = Object(globalThis)
      const { shownMs, readyMs } = opening ?? {}
      return shownMs && readyMs ? { shownMs, readyMs } : null
    })
    opened = (await handle.jsonValue()) ?? opened
  })
  const held = await heldBy(page)
  const measured: Measured = {
    'first turns shown, ms': opened.shownMs,
    'all turns there and still, ms': opened.readyMs,
    'main thread until then, ms': sum(opening.tasks),
    ...held,
  }
  const acts: Record<string, () => Promise<void>> = {
    'scrolling the transcript': () => scrolling(page, '.turns-scroll'),
    'scrolling the waterfall': () => scrolling(page, '.waterfall-scroll'),
    'zooming in and out': () => wheeling(page, true),
    'panning over ten minutes': () => wheeling(page, false),
    playing: () => playing(page),
  }
  for (const [name, act] of Object.entries(acts)) {
    if (name === 'panning over ten minutes') await showMinutes(page)
    Object.assign(measured, smoothness(name, await workOf(browser, page, act)))
  }
  await context.close()
  return measured
}

/** Turns of a call that goes on arrive as the bot tells of them, step by step, with sound and scores. */
async function measureLive(browser: Browser, url: string, turns: number, sound: Buffer): Promise<Measured> {
  const call = new LongCall(url, Date.now() - turns * turnMs - 3000)
  await call.send(turns, false)
  const known = sound.subarray(0, Math.floor((sound.length * turns) / (turns + 1)))
  await call.record(known, 0, false)
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  const page = await context.newPage()
  await page.addInitScript(watchOpening)
  await page.goto(`${url}/traces/${call.traceId}`)
  await page.waitForFunction(() => Boolean(Object(globalThis).opening?.shownMs))
  // Whoever follows a call reads at its end.
  await page.locator('.turns-scroll').evaluate((element) => element.scrollTo(0, element.scrollHeight))
  await sleep(2 * actMs)
  await page.locator('.turns-scroll').evaluate((element) => element.scrollTo(0, element.scrollHeight))
  let at = known.length
  let growing = Promise.resolve()
  const timer = setInterval(() => {
    const offset = at
    const part = sound.subarray(offset, offset + 4000)
    at += part.length
    growing = growing.then(() => call.record(part, offset, false))
  }, soundEveryMs)
  const work = await workOf(browser, page, async () => {
    for (let turn = 1; turn <= liveTurns; turn++) await arrive(call, turns + turn)
    await page.waitForFunction(
      (last) => document.querySelector('.transcript')?.textContent?.includes(`question ${last}`),
      turns + liveTurns,
    )
    await sleep(1000)
  })
  clearInterval(timer)
  await growing
  await context.close()
  return smoothness('live', work)
}

async function arrive(call: LongCall, number: number): Promise<void> {
  const [turn, ...steps] = call.turn(number, Date.now() - call.startMs - 15_000)
  if (!turn) throw new Error('A turn has no span.')
  const { 'turn.agent_text': answer, ...asked } = turn.attributes
  await call.export([{ ...turn, endTimeUnixNano: null, attributes: { 'turn.number': number } }])
  for (const step of steps) {
    await sleep(500)
    await call.export([step, { ...turn, endTimeUnixNano: null, attributes: asked }])
  }
  await call.export([turn])
  await sleep(500)
  await call.judge(turn.spanId)
  await sleep(500)
}

/** Tells when the first turns are on the screen, and when all are there and nothing has been drawn anew for half a second. */
function watchOpening(): void {
  const opening: { shownMs?: number; readyMs?: number } = {}
  Object.assign(globalThis, { opening })
  const quietMs = 500
  let lastMs = 0
  new MutationObserver(() => {
    lastMs = performance.now()
    if (opening.shownMs !== undefined || document.querySelectorAll('.turn-card').length < 3) return
    opening.shownMs = Number.NaN
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        opening.shownMs = performance.now()
      }),
    )
  }).observe(document, { childList: true, subtree: true, characterData: true })
  const timer = setInterval(() => {
    const isAll =
      opening.shownMs && document.querySelector('.turns-scroll')?.getAttribute('aria-busy') !== 'true'
    if (!isAll || performance.now() - lastMs < quietMs) return
    opening.readyMs = lastMs
    clearInterval(timer)
  }, 50)
}

async function heldBy(page: Page): Promise<Measured> {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable')
  await session.send('HeapProfiler.collectGarbage')
  const { metrics } = await session.send('Performance.getMetrics')
  await session.detach()
  const heap = metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? 0
  const elements = await page.evaluate(() => document.querySelectorAll('*').length)
  return { elements, 'JavaScript heap, MB': heap / 1e6 }
}

async function scrolling(page: Page, selector: string): Promise<void> {
  await page.evaluate(
    async ({ selector, actMs }) => {
      const element = document.querySelector(selector)
      if (!element) throw new Error(`the page has no ${selector}`)
      const began = performance.now()
      while (performance.now() - began < actMs) {
        const isBack = performance.now() - began > actMs / 2
        element.scrollTop += isBack ? -300 : 300
        await new Promise((resolve) => requestAnimationFrame(resolve))
      }
    },
    { selector, actMs },
  )
}

/** Turns the wheel over the lanes: with Ctrl it zooms in, then out again; else it pans there and back. */
async function wheeling(page: Page, isZoom: boolean): Promise<void> {
  await page.evaluate(
    async ({ isZoom, actMs }) => {
      const axis = document.querySelector('.voice-lane .axis')
      if (!axis) throw new Error('the page has no lanes')
      const { left, top, width } = axis.getBoundingClientRect()
      const began = performance.now()
      while (performance.now() - began < actMs) {
        const by = performance.now() - began > actMs / 2 ? 1 : -1
        axis.dispatchEvent(
          new WheelEvent('wheel', {
            bubbles: true,
            cancelable: true,
            clientX: left + width / 2,
            clientY: top + 5,
            ...(isZoom ? { ctrlKey: true, deltaY: 12 * by } : { deltaX: -20 * by }),
          }),
        )
        await new Promise((resolve) => requestAnimationFrame(resolve))
      }
    },
    { isZoom, actMs },
  )
}

/** Zooms to about ten minutes. */
async function showMinutes(page: Page): Promise<void> {
  await page.keyboard.press('0')
  for (let step = 0; step < 4; step++) await page.keyboard.press('+')
}

async function playing(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Play', exact: true }).click()
  await sleep(2 * actMs)
  await page.getByRole('button', { name: 'Pause', exact: true }).click()
}
