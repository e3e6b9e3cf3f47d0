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

/** WCAG 2.2 at level AA, as far as axe can tell, on every page in both themes. */
export function accessibilityTests(web: WebUnderTest, traceId: () => string, runId: () => string): void {
  it.each(['light', 'dark'] as const)(
    'meets WCAG 2.2 AA on every page, %s',
    { timeout: 120_000 },
    async (theme) => {
      const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
      const experiment = `/experiments/${web.experimentId()}`
      const page = await web.open('/connect', theme)
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
        await page.goto(web.url() + path)
        await page.locator('main').waitFor()
        await page.waitForFunction(() => !document.querySelector('.loading-rows'))
        expect.soft(await findings(page, source), path).toEqual([])
      }
    },
  )
}

async function findings(page: Page, axe: string): Promise<string[]> {
  await page.evaluate(axe)
  const found: unknown = await page.evaluate(
    `axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }).then(({ violations }) => violations)`,
  )
  return violations
    .parse(found)
    .flatMap(({ id, help, nodes }) =>
      nodes
        .slice(0, 3)
        .map(({ target, failureSummary }) => `${id}: ${help}: ${target.join(' ')} ${failureSummary ?? ''}`),
    )
}
