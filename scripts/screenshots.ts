/**
 * Writes the pictures of the documentation to `docs/images`, from a product that runs and has had a conversation:
 *
 *     node --conditions=@voxtrace/source scripts/screenshots.ts http://127.0.0.1:5000 [caller.wav]
 *
 * With a recording of a caller it also talks to the bot and pictures the call. Chromium is the one that
 * VOXTRACE_CHROMIUM names, else /usr/bin/chromium.
 */
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { z } from 'zod'

const images = join(import.meta.dirname, '..', 'docs', 'images')
const wide = { width: 1440, height: 900 }
const narrow = { width: 390, height: 844 }
const themes = ['light', 'dark'] as const
const longestCallMs = 90_000

const experimentsAnswer = z.object({
  experiments: z.array(z.object({ experiment_id: z.string(), name: z.string() })),
})
const tracesAnswer = z.object({
  traces: z.array(
    z.object({
      info: z.object({ traceId: z.string(), metadata: z.record(z.string(), z.string()) }),
      turnCount: z.number(),
    }),
  ),
})

interface Subject {
  experimentId: string
  traceId: string
  runId: string | undefined
}

/** The newest conversation with several turns. */
async function findSubject(url: string): Promise<Subject> {
  const search = await fetch(`${url}/api/2.0/mlflow/experiments/search`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ max_results: 100 }),
  })
  const { experiments } = experimentsAnswer.parse(await search.json())
  const experiment = experiments.find(({ name }) => name === 'voice-bot') ?? experiments[0]
  if (!experiment) throw new Error(`${url} has no experiments: talk to the bot first.`)
  const list = await fetch(
    `${url}/api/voxtrace/traces?experiment_id=${experiment.experiment_id}&max_results=100`,
  )
  const { traces } = tracesAnswer.parse(await list.json())
  const trace = traces.find(({ turnCount }) => turnCount >= 3) ?? traces[0]
  if (!trace) throw new Error(`The experiment ${experiment.name} has no traces: talk to the bot first.`)
  return {
    experimentId: experiment.experiment_id,
    traceId: trace.info.traceId,
    runId: trace.info.metadata['mlflow.sourceRun'],
  }
}

async function picture(page: Page, name: string): Promise<void> {
  await page.evaluate(() => document.fonts.ready)
  const path = join(images, `${name}.png`)
  await page.screenshot({ path })
  console.log(path)
}

async function picturePages(browser: Browser, url: string, subject: Subject): Promise<void> {
  for (const theme of themes) {
    const context = await browser.newContext({ viewport: wide, colorScheme: theme })
    const page = await context.newPage()
    await page.goto(`${url}/experiments/${subject.experimentId}`)
    await page.getByRole('list', { name: 'Traces' }).getByRole('listitem').first().waitFor()
    await picture(page, `trace-list-${theme}`)
    await page.goto(`${url}/traces/${subject.traceId}`)
    await page.locator('.turn-card').nth(1).click()
    await picture(page, `trace-${theme}`)
    if (subject.runId !== undefined) {
      await page.goto(`${url}/runs/${subject.runId}`)
      await page.locator('.metric-chart').first().waitFor()
      await page.waitForLoadState('load')
      await picture(page, `run-${theme}`)
    }
    await page.goto(`${url}/talk`)
    await page.getByRole('button', { name: 'Connect' }).waitFor()
    await picture(page, `talk-${theme}`)
    await context.close()
  }
  const context = await browser.newContext({ viewport: narrow, deviceScaleFactor: 2 })
  const page = await context.newPage()
  await page.goto(`${url}/traces/${subject.traceId}`)
  await page.locator('.turn-card').first().waitFor()
  await picture(page, 'trace-narrow')
  await context.close()
}

/** Talks to the bot with a recorded voice and pictures the call when it listens, thinks and speaks. */
async function pictureCall(browser: Browser, url: string, theme: (typeof themes)[number]): Promise<void> {
  const context = await browser.newContext({
    viewport: wide,
    colorScheme: theme,
    permissions: ['microphone'],
  })
  const page = await context.newPage()
  await page.goto(`${url}/talk`)
  await page.getByRole('button', { name: 'Connect' }).click()
  const wanted = new Set(['Listening', 'Thinking', 'Speaking'])
  const until = Date.now() + longestCallMs
  while (wanted.size > 0 && Date.now() < until) {
    const word = (await page.locator('h1').textContent()) ?? ''
    const hasAsked = (await page.locator('.talk-line[data-span="user_speech"]').count()) > 0
    if (hasAsked && wanted.delete(word)) {
      if (word === 'Speaking') await page.waitForTimeout(1500)
      await picture(page, `call-${word.toLowerCase()}-${theme}`)
    }
    await page.waitForTimeout(50)
  }
  await page.getByRole('button', { name: 'End', exact: true }).click()
  await context.close()
  if (wanted.size > 0) console.warn(`The call was never seen ${[...wanted].join(', ').toLowerCase()}.`)
}

const [url, recording] = process.argv.slice(2)
if (url === undefined) {
  console.error('Say where the product runs: screenshots.ts http://127.0.0.1:5000 [caller.wav]')
  process.exit(1)
}
const executablePath = process.env.VOXTRACE_CHROMIUM ?? '/usr/bin/chromium'
if (!existsSync(executablePath)) {
  console.error(`There is no Chromium at ${executablePath}. Name one with VOXTRACE_CHROMIUM.`)
  process.exit(1)
}
const voice =
  recording === undefined ? [] : [`--use-file-for-fake-audio-capture=${resolve(recording)}%noloop`]
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', ...voice],
})
try {
  await mkdir(images, { recursive: true })
  await picturePages(browser, url, await findSubject(url))
  if (recording !== undefined) for (const theme of themes) await pictureCall(browser, url, theme)
} finally {
  await browser.close()
}
