import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { exportSpans, newSpanId, newTraceId } from './otlp-spans.ts'
import { createExperiment } from './sample-conversation.ts'
import type { WebUnderTest } from './web-under-test.ts'

const violations = z.array(
  z.object({
    id: z.string(),
    help: z.string(),
    nodes: z.array(z.object({ target: z.array(z.unknown()), failureSummary: z.string().optional() })),
  }),
)

const wcag = { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }
const phone = { width: 390, height: 844 }
const wide = { width: 1440, height: 900 }
/** What the theme decides. */
const colours = { type: 'rule', values: ['color-contrast', 'link-in-text-block'] }

/** A trace that is no conversation: it failed, with values that unfold, messages, a picture and long words. */
async function sendFailedTrace(web: WebUnderTest): Promise<string> {
  const traceId = newTraceId()
  const root = newSpanId()
  const endMs = Date.now()
  const picture =
    'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
  await exportSpans(web.url(), { traceId, experimentId: web.experimentId() }, [
    {
      spanId: root,
      name: 'agent_run',
      startMs: endMs - 9000,
      endMs,
      error: 'Traceback:\n  the model is away',
      attributes: {
        'mlflow.spanInputs': { prompt: 'x'.repeat(400), nested: { list: [1, 2, { deep: true }] } },
        'mlflow.spanOutputs': 'word '.repeat(2000),
      },
    },
    {
      spanId: newSpanId(),
      parentSpanId: root,
      name: 'chat',
      startMs: endMs - 8000,
      endMs: endMs - 4000,
      attributes: {
        'mlflow.spanType': '"CHAT_MODEL"',
        'mlflow.spanInputs': {
          messages: [
            { role: 'system', content: 'You look at pictures.' },
            { role: 'user', content: [{ type: 'image_url', image_url: { url: picture } }] },
          ],
        },
        'mlflow.spanOutputs': { choices: [{ message: { role: 'assistant', content: 'A **red** square.' } }] },
      },
    },
  ])
  return `tr-${traceId}`
}

/** WCAG 2.2 at level AA, as far as axe can tell, on every page and state, in both themes and on a phone. */
export function accessibilityTests(web: WebUnderTest, traceId: () => string, runId: () => string): void {
  it('meets WCAG 2.2 AA on every page, light, dark and on a phone', async () => {
    const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
    const experiment = `/experiments/${web.experimentId()}`
    const empty = `/experiments/${await createExperiment(web.url(), 'a name that is longer than a phone is wide, and says all')}`
    const failed = await sendFailedTrace(web)
    const filter = (text: string) => `?filter=${encodeURIComponent(text)}`
    const page = await web.open('/connect')
    await page.evaluate(() => localStorage.setItem('voxtrace.reviewer', 'Ada'))
    for (const path of [
      '/connect',
      '/experiments',
      '/experiments?stage=deleted',
      experiment,
      `${experiment}/sessions`,
      `${experiment}/runs?order=start_time+ASC`,
      `${experiment}/runs?stage=deleted`,
      `${experiment}/dashboard`,
      `${experiment}/review`,
      `/runs/${runId()}`,
      `/traces/${traceId()}`,
      '/talk',
      '/no/such/page',
      empty,
      `${empty}/sessions`,
      `${empty}/runs`,
      `${empty}/dashboard`,
      `${empty}/review`,
      '/experiments/987654',
      `${experiment}${filter("name = 'no such trace'")}`,
      `${experiment}${filter('nonsense ===')}`,
      `/traces/${failed}`,
      '/traces/tr-none',
      '/runs/none',
      '/compare',
      `/compare?left=${traceId()}`,
      `/compare?left=${traceId()}&right=${traceId()}`,
      '/compare/runs',
    ]) {
      await page.setViewportSize(wide)
      await page.emulateMedia({ colorScheme: 'light' })
      await page.goto(web.url() + path)
      await page.locator('main').waitFor()
      await page.waitForFunction(() => !document.querySelector('.loading-rows'))
      await page.evaluate(source)
      expect.soft(await findings(page, 'light', wcag), `${path}, light`).toEqual([])
      await page.emulateMedia({ colorScheme: 'dark' })
      expect.soft(await findings(page, 'dark', colours), `${path}, dark`).toEqual([])
      await page.setViewportSize(phone)
      expect.soft(await findings(page, 'dark', wcag), `${path}, on a phone`).toEqual([])
    }
  })
}

/** What axe finds on the page, which has it, once it wears the theme. */
async function findings(page: Page, theme: 'light' | 'dark', runOnly: object): Promise<string[]> {
  await page.waitForFunction((theme) => document.documentElement.dataset.theme === theme, theme)
  await page.evaluate(async () => {
    // The new colours come in with the next frame, some of them by and by.
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
    const changes = document.getAnimations().filter((animation) => animation instanceof CSSTransition)
    await Promise.allSettled(changes.map((change) => change.finished))
  })
  const found: unknown = await page.evaluate(
    `axe.run({ runOnly: ${JSON.stringify(runOnly)} }).then(({ violations }) => violations)`,
  )
  return violations
    .parse(found)
    .flatMap(({ id, help, nodes }) =>
      nodes
        .slice(0, 3)
        .map(({ target, failureSummary }) => `${id}: ${help}: ${target.join(' ')} ${failureSummary ?? ''}`),
    )
}
