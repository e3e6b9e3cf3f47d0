import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { z } from 'zod'
import type { WebUnderTest } from './web-under-test.ts'

const violations = z.array(
  z.object({
    id: z.string(),
    help: z.string(),
    nodes: z.array(z.object({ target: z.array(z.unknown()), failureSummary: z.string().optional() })),
  }),
)

const wcag = { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }
/** What the theme decides. */
const colours = { type: 'rule', values: ['color-contrast', 'link-in-text-block'] }

/** WCAG 2.2 at level AA, as far as axe can tell, on every page in both themes. */
export function accessibilityTests(web: WebUnderTest, traceId: () => string, runId: () => string): void {
  it('meets WCAG 2.2 AA on every page, light and dark', { timeout: 120_000 }, async () => {
    const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
    const experiment = `/experiments/${web.experimentId()}`
    const page = await web.open('/connect')
    await page.evaluate(() => localStorage.setItem('voxtrace.reviewer', 'Ada'))
    for (const path of [
      '/connect',
      '/experiments',
      experiment,
      `${experiment}/sessions`,
      `${experiment}/runs`,
      `${experiment}/dashboard`,
      `${experiment}/review`,
      `/runs/${runId()}`,
      `/traces/${traceId()}`,
      '/talk',
      '/no/such/page',
    ]) {
      await page.emulateMedia({ colorScheme: 'light' })
      await page.goto(web.url() + path)
      await page.locator('main').waitFor()
      await page.waitForFunction(() => !document.querySelector('.loading-rows'))
      await page.evaluate(source)
      expect.soft(await findings(page, 'light', wcag), `${path}, light`).toEqual([])
      await page.emulateMedia({ colorScheme: 'dark' })
      expect.soft(await findings(page, 'dark', colours), `${path}, dark`).toEqual([])
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
