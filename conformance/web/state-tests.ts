import { type Server, startServer } from '@voxtrace/server'
import { silentLog } from '@voxtrace/store/testing'
import { describe, expect, it } from 'vitest'
import { lastingPort } from '../../packages/client/src/testing/lasting-port.ts'
import { exportSpans, newSpanId, newTraceId } from './otlp-spans.ts'
import type { WebUnderTest } from './web-under-test.ts'

/** What pages do when the server goes away, and for people who want nothing to move. */
export function stateTests(web: WebUnderTest): void {
  describe('a server that goes away', () => {
    const serve = (port: number): Promise<Server> =>
      startServer({
        host: '127.0.0.1',
        port,
        databaseUrl: web.databaseUrl(),
        artifactDirectory: web.directory(),
        webDirectory: web.webDirectory(),
        botUrl: null,
        version: '0.0.0',
        log: silentLog,
      })

    it('leaves what it told on the page, which says so and goes on when it is back', async () => {
      const port = await lastingPort()
      const away = await serve(port)
      const list = `/experiments/${web.experimentId()}`
      const page = await web.open('/connect')
      await page.goto(away.url + list)
      const rows = page.getByRole('listitem')
      await rows.first().waitFor()
      const before = await rows.count()
      await away.close()
      await page.getByText('The server does not answer.').waitFor()
      expect(await rows.count()).toBe(before)

      const traceId = newTraceId()
      await exportSpans(web.url(), { traceId, experimentId: web.experimentId() }, [
        { spanId: newSpanId(), name: 'came meanwhile', startMs: Date.now() - 10, endMs: Date.now() },
      ])
      const back = await serve(port)
      try {
        await rows.filter({ hasText: 'came meanwhile' }).waitFor()
        await page.getByText('The server does not answer.').waitFor({ state: 'detached' })
        await page.goto('about:blank')
      } finally {
        await back.close()
      }
    })

    it('opens a page whose code did not come once the server is back', async () => {
      const away = await serve(0)
      const { port } = new URL(away.url)
      const page = await web.open('/connect')
      await page.goto(`${away.url}/experiments/${web.experimentId()}`)
      const row = page.getByRole('listitem').filter({ hasText: 'Can I raise that?' }).first()
      await row.waitFor()
      await away.close()
      await row.click()
      await page.getByRole('heading', { name: 'The server does not answer' }).waitFor()
      await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Talk' }).waitFor()
      const back = await serve(Number(port))
      try {
        await page.locator('.turn-card').first().waitFor()
        await page.goto('about:blank')
      } finally {
        await back.close()
      }
    })
  })

  it('reads again by itself what failed while the database was away', async () => {
    const page = await web.open('/connect')
    const message = 'The database cannot be reached at the moment.'
    await page.route(/\/(ajax-)?api\//, (route) =>
      route.request().url().endsWith('/status')
        ? route.fulfill({
            json: { version: '0.0.0', database: { reachable: false, problem: message }, services: [] },
          })
        : route.fulfill({ status: 503, json: { error_code: 'TEMPORARILY_UNAVAILABLE', message } }),
    )
    const askedForStatus = page.waitForResponse('**/api/voxtrace/status')
    await page.goto(`${web.url()}/experiments/${web.experimentId()}`)
    await page.getByRole('alert').getByText(message).waitFor()
    await askedForStatus
    await page.unrouteAll()
    await page.getByRole('listitem').first().waitFor()
    await page.getByRole('banner').getByText('voice-bot').waitFor()
  })

  it('says of a server that fails, and of what stands before one, no more than is known', async () => {
    const page = await web.open('/connect')
    const notes = page.locator('.offline-note')
    const answerWith = async (status: number) => {
      await page.unrouteAll()
      await page.route(/\/(api|health)/, (route) => route.fulfill({ status, body: 'no' }))
      await page.goto(`${web.url()}/traces/${newTraceId()}`)
    }
    await answerWith(500)
    await notes.getByText('The server answers, but does not tell what is new.').waitFor()
    await page.getByRole('alert').getByText('Something went wrong').waitFor()
    await answerWith(502)
    await notes.getByText('The server does not answer.').waitFor()
    await page.getByRole('alert').getByText('The server does not answer').waitFor()
    await page.unrouteAll()
    await page.getByRole('link', { name: 'Experiments' }).first().click()
    await notes.waitFor({ state: 'detached' })
  })

  it('moves nothing for people who want less motion', async () => {
    const page = await web.open('/connect')
    await page.emulateMedia({ reducedMotion: 'reduce' })
    for (const path of [`/experiments/${web.experimentId()}`, '/talk', '/']) {
      await page.goto(web.url() + path)
      await page.locator('main').waitFor()
      await page.waitForFunction(() => !document.querySelector('.loading-rows'))
      const moving = await page.evaluate(() =>
        document
          .getAnimations()
          .filter(({ effect }) => Number(effect?.getComputedTiming().endTime) > 1)
          .map(({ effect }) => (effect instanceof KeyframeEffect ? effect.target?.className : '')),
      )
      expect(moving, path).toEqual([])
      const times = await page.evaluate(() =>
        [...document.querySelectorAll('*')].flatMap((element) => {
          const { animationDuration, transitionDuration } = getComputedStyle(element)
          return [animationDuration, transitionDuration].filter((text) => Number.parseFloat(text) > 0.01)
        }),
      )
      expect(times, path).toEqual([])
    }
  })
}
