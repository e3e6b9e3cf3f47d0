/**
 * Writes the pictures of the documentation to `docs/images`, from a product that runs:
 *
 *     node --conditions=@voxtrace/source scripts/screenshots.ts http://127.0.0.1:5000 [caller.wav]
 *
 * What the experiment `voice-bot` holds is pictured as it stands, on every page; it needs two conversations to compare. With a
 * recording it also talks to the bot: the recording is of a caller who asks at least three questions and leaves time for the answers,
 * and pictures the call and then its trace when it has been judged. Chromium is the one that
 * VOXTRACE_CHROMIUM names, else Debian's.
 */
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { chromium, type Page } from 'playwright-core'
import { z } from 'zod'
import { neededChromiumPath } from '../bench/caller/browser.ts'

const images = join(import.meta.dirname, '..', 'docs', 'images')
const viewport = { width: 1280, height: 800 }
const themes = ['light', 'dark'] as const
const longestCallMs = 90_000
const longestJudgingMs = 60_000
/** As many turns as the recording asks for; what is said last may be left without an answer, and is not judged then. */
const leastTurns = 3

const experimentsAnswer = z.object({
  experiments: z.array(z.object({ experiment_id: z.string() })),
})
const tracesAnswer = z.object({
  traces: z.array(
    z.object({
      info: z.object({ traceId: z.string() }),
      turnCount: z.number(),
      scores: z.array(z.object({ count: z.number() })),
    }),
  ),
})
const runsAnswer = z.object({ runs: z.array(z.object({ info: z.object({ run_id: z.string() }) })) })

async function experimentOfBot(url: string): Promise<string> {
  const search = await fetch(`${url}/api/2.0/mlflow/experiments/search`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ max_results: 100, filter: "name = 'voice-bot'" }),
  })
  const [experiment] = experimentsAnswer.parse(await search.json()).experiments
  if (!experiment) throw new Error('There is no experiment voice-bot yet: talk to the bot first.')
  return experiment.experiment_id
}

/** The newest conversation when the turns that were asked for have been judged. Errors: that takes longer than a minute. */
async function judgedTrace(url: string): Promise<string> {
  const experimentId = await experimentOfBot(url)
  const until = Date.now() + longestJudgingMs
  while (Date.now() < until) {
    const list = await fetch(`${url}/api/voxtrace/traces?experiment_id=${experimentId}&max_results=1`)
    const trace = tracesAnswer.parse(await list.json()).traces[0]
    const judged = Math.min(...(trace?.scores.map(({ count }) => count) ?? []))
    if (trace && trace.scores.length > 0 && judged >= leastTurns) return trace.info.traceId
    await setTimeout(1000)
  }
  throw new Error('The conversation was not judged within a minute: see `npm run voxtrace -- logs judge`.')
}

async function latestRuns(url: string, experimentId: string): Promise<string[]> {
  const search = await fetch(`${url}/api/2.0/mlflow/runs/search`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ experiment_ids: [experimentId], max_results: 3 }),
  })
  return runsAnswer.parse(await search.json()).runs.map(({ info }) => info.run_id)
}

async function picture(page: Page, name: string): Promise<void> {
  await page.evaluate(() => document.fonts.ready)
  const path = join(images, `${name}.png`)
  await page.screenshot({ path })
  console.log(path)
}

async function pictureTrace(page: Page, url: string, traceId: string): Promise<void> {
  for (const theme of themes) {
    await page.emulateMedia({ colorScheme: theme })
    await page.goto(`${url}/traces/${traceId}`)
    await page.locator('.turn-card').nth(2).click()
    await picture(page, `trace-${theme}`)
  }
}

interface PictureOfPage {
  name: string
  path: string
  /** Stands on the page when it has something to show. */
  ready: string
}

async function pagesOf(url: string): Promise<PictureOfPage[]> {
  const experimentId = await experimentOfBot(url)
  const experiment = `/experiments/${experimentId}`
  const list = await fetch(`${url}/api/voxtrace/traces?experiment_id=${experimentId}&max_results=2`)
  const [latest, before] = tracesAnswer.parse(await list.json()).traces.map(({ info }) => info.traceId)
  const runs = await latestRuns(url, experimentId)
  return [
    { name: 'connect', path: '/connect', ready: 'pre' },
    { name: 'experiments', path: '/experiments', ready: '.data-row' },
    { name: 'traces', path: experiment, ready: '.data-row' },
    { name: 'sessions', path: `${experiment}/sessions`, ready: '.data-row' },
    { name: 'runs', path: `${experiment}/runs`, ready: '.data-row' },
    { name: 'run', path: `/runs/${runs[0]}`, ready: '.run-charts canvas' },
    { name: 'compare-runs', path: `/compare/runs?ids=${runs.join(',')}`, ready: '.compare-runs svg' },
    { name: 'compare', path: `/compare?left=${before}&right=${latest}`, ready: '.compare-page .pair' },
    { name: 'dashboard', path: `${experiment}/dashboard`, ready: '.dashboard-panel.voice' },
    { name: 'review', path: `${experiment}/review`, ready: '.review-subject .scored' },
  ]
}

/** Every page but that of a call and of a trace, each in both themes. */
async function picturePages(page: Page, url: string): Promise<void> {
  await page.addInitScript(() => localStorage.setItem('voxtrace.reviewer', 'Ada'))
  const pages = await pagesOf(url)
  for (const theme of themes) {
    await page.emulateMedia({ colorScheme: theme })
    for (const { name, path, ready } of pages) {
      await page.goto(url + path)
      await page.locator(ready).first().waitFor()
      await page.waitForFunction(() => !document.querySelector('.loading-rows'))
      if (name === 'review') await page.keyboard.press('ArrowDown')
      await page.waitForTimeout(500)
      await picture(page, `${name}-${theme}`)
    }
  }
}

/** Talks to the bot and pictures it in the middle of an answer, when the caller has asked at least three questions. */
async function pictureCall(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/talk`)
  await page.getByRole('button', { name: 'Connect' }).click()
  const until = Date.now() + longestCallMs
  while (Date.now() < until) {
    const asked = await page.locator('.talk-line[data-span="user_speech"]').count()
    if (asked >= 3 && (await page.locator('h1').textContent()) === 'Speaking') break
    await page.waitForTimeout(50)
  }
  if (Date.now() >= until) throw new Error('The bot did not answer three questions of the recording.')
  await page.waitForTimeout(1500)
  for (const theme of themes) {
    await page.emulateMedia({ colorScheme: theme })
    await page.waitForTimeout(100)
    await picture(page, `talk-${theme}`)
  }
  await page.getByRole('heading', { name: 'Listening' }).waitFor()
  await page.getByRole('button', { name: 'End', exact: true }).click()
}

const [url, recording] = process.argv.slice(2)
if (url === undefined) {
  console.error(
    'Say where the product runs, and what to say to the bot: screenshots.ts http://127.0.0.1:5000 [caller.wav]',
  )
  process.exit(1)
}
const browser = await chromium.launch({
  executablePath: neededChromiumPath(),
  args: [
    '--no-sandbox',
    '--use-fake-ui-for-media-stream',
    '--use-fake-device-for-media-stream',
    ...(recording === undefined ? [] : [`--use-file-for-fake-audio-capture=${resolve(recording)}%noloop`]),
  ],
})
try {
  await mkdir(images, { recursive: true })
  const context = await browser.newContext({ viewport, permissions: ['microphone'] })
  const page = await context.newPage()
  if (recording !== undefined) {
    await pictureCall(page, url)
    await pictureTrace(page, url, await judgedTrace(url))
  }
  await picturePages(page, url)
} finally {
  await browser.close()
}
