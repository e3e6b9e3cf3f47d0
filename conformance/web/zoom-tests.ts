import { expect, it } from 'vitest'
import type { WebUnderTest } from './web-under-test.ts'

/** A window of 1280 by 1024 pixels at 400 %. */
const zoomed = { width: 320, height: 256 }

/** WCAG 1.4.10: at 400 % all can be read and used by scrolling one way. */
export function zoomTests(web: WebUnderTest, traceId: () => string): void {
  it('keeps everything in reach at a zoom of 400 %', async () => {
    const page = await web.open('/connect')
    await page.evaluate(() => localStorage.setItem('voxtrace.reviewer', 'Ada'))
    await page.setViewportSize(zoomed)
    const trace = `/traces/${traceId()}`
    const review = `/experiments/${web.experimentId()}/review?at=${traceId()}`
    const compare = `/compare?left=${traceId()}&right=${traceId()}`
    const reached: [path: string, first: string | null, selectors: string[]][] = [
      [
        trace,
        null,
        [
          '.turn-card >> nth=-1',
          'button:has-text("Export")',
          'a:has-text("Score")',
          '.narrow-head a:has-text("Run")',
        ],
      ],
      [
        trace,
        'button:has-text("Spans")',
        ['.span-row >> nth=2', 'button:has-text("Critical path")', 'button[aria-label="Zoom in"]'],
      ],
      [
        '/talk',
        null,
        [
          'button:has-text("Connect")',
          'input[aria-label="Type instead of speaking"]',
          '.talk-ideas button >> nth=-1',
        ],
      ],
      [review, null, ['.criterion >> nth=-1', 'button[title="Somebody else reviews"]', 'textarea >> nth=-1']],
      [compare, null, ['.turn-side >> nth=-1', 'a:has-text("Swap")']],
      ['/connect', null, ['[role="tab"] >> nth=-1', 'button[aria-label="Copy: Write"]']],
    ]
    for (const [path, first, selectors] of reached) {
      await page.goto(web.url() + path)
      if (first !== null) await page.locator(first).click()
      for (const selector of selectors) {
        await page.locator(selector).click({ trial: true })
        const box = await page.locator(selector).boundingBox()
        expect.soft((box?.x ?? -1) >= 0 && (box?.x ?? 0) < zoomed.width, `${path} ${selector}`).toBe(true)
      }
      const overflow = await page.evaluate(() =>
        [...document.querySelectorAll('main, .turns-scroll, .compare-scroll')]
          .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth + 1)
          .map(({ className }) => className),
      )
      expect.soft(overflow, path).toEqual([])
    }
  })

  it('keeps a trace in reach at a zoom of 200 %', async () => {
    const page = await web.open('/connect')
    await page.setViewportSize({ width: 720, height: 450 })
    const reachable = async (...selectors: string[]) => {
      for (const selector of selectors) await page.locator(selector).click({ trial: true })
    }
    await page.goto(`${web.url()}/traces/${traceId()}`)
    await reachable(
      '.conversation-bar .problems',
      'a:has-text("Compare")',
      'button:has-text("Export")',
      '.turn-card >> nth=-1',
    )
    await page.getByRole('button', { name: 'Spans' }).click()
    await reachable('.trace-toolbar input', 'button:has-text("Critical path")')
    await page.locator('.span-row').nth(3).click()
    await reachable('.detail-tabs button >> nth=-1')
  })

  it('shows what is meant by colour alone where the system sets the colours', async () => {
    const page = await web.open('/connect')
    await page.emulateMedia({ forcedColors: 'active' })
    await page.goto(`${web.url()}/traces/${traceId()}`)
    const canvas = await page.evaluate(() => {
      const probe = document.createElement('div')
      probe.style.background = 'Canvas'
      document.body.append(probe)
      return getComputedStyle(probe).backgroundColor
    })
    const bars = page.locator('.turn-card .gap-bar > span, .lane > .span-bar')
    await bars.first().waitFor()
    const colours = await bars.evaluateAll((found) =>
      found.map((bar) => getComputedStyle(bar).backgroundColor),
    )
    expect(colours.filter((colour) => colour === canvas)).toEqual([])
    await page.goto(`${web.url()}/experiments/${web.experimentId()}`)
    const columns = page.locator('.wait-histogram .bins i')
    await columns.first().waitFor({ state: 'attached' })
    const shown = await columns.evaluateAll((found) =>
      found.map((column) => getComputedStyle(column).backgroundColor),
    )
    expect(shown.filter((colour) => colour === canvas)).toEqual([])
  })
}
