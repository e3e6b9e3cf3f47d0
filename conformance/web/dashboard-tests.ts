import { expect, it, vi } from 'vitest'
import { z } from 'zod'
import { createExperiment, sendConversation } from './sample-conversation.ts'
import { readJson, type WebUnderTest } from './web-under-test.ts'

const dashboard = z.object({
  series: z.array(z.object({ points: z.array(z.object({ startMs: z.number() })) })),
})
const hourMs = 3_600_000

/** The dashboard of an experiment. */
export function dashboardTests(web: WebUnderTest): void {
  const list = () => `/experiments/${web.experimentId()}`

  it('shows how long callers waited, and every step leads to its traces', async () => {
    const figures = `${web.url()}/api/voxtrace/dashboard?experiment_id=${web.experimentId()}&metric=voice_to_voice_ms`
    const latestMs = await vi.waitFor(
      async () => {
        const point = dashboard.parse(await readJson(figures)).series[0]?.points.at(-1)
        if (point === undefined) throw new Error('No turn has been counted.')
        return point.startMs
      },
      { timeout: 60_000, interval: 250 },
    )
    // The page and the test tell the same hour, though a full one may go by between them.
    const nowMs = Date.now()
    const page = await web.open('/connect')
    await page.clock.setFixedTime(nowMs)
    await page.goto(`${web.url()}${list()}/dashboard?range=24h`)
    await page.getByRole('heading', { name: 'Voice to voice' }).waitFor()
    await page.getByRole('heading', { name: 'Where the time goes' }).waitFor()
    const chart = page.getByRole('application', { name: /^Voice to voice over time/ })
    await chart.focus()
    const steps = Math.floor(nowMs / hourMs) - Math.floor(latestMs / hourMs)
    for (let step = 0; step <= steps; step++) await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('Enter')
    await page.waitForURL(new RegExp(`from=${latestMs}&to=\\d+`))
    await page.getByRole('listitem').first().waitFor()
  })

  it('says on the dashboard how the last stretch of time compares with the one before', async () => {
    const experimentId = await createExperiment(web.url(), 'two days')
    const call = (hoursAgo: number, waitMs: number) =>
      sendConversation(web.url(), experimentId, {
        startMs: Date.now() - hoursAgo * hourMs,
        turns: [
          {
            userText: 'How long?',
            agentText: 'So long.',
            parts: [100, 100, 100, waitMs - 400, 50, 50],
            scores: [null, null, null, waitMs > 1200 ? 2 : 4, null],
          },
        ],
      })
    for (const hoursAgo of [30, 34, 38, 42]) await call(hoursAgo, 1000)
    for (const hoursAgo of [2, 6, 10]) await call(hoursAgo, 1500)
    const counted = `${web.url()}/api/voxtrace/dashboard?experiment_id=${experimentId}&metric=turns`
    const turns = z.object({ series: z.array(z.object({ total: z.object({ count: z.number() }) })) })
    await expect.poll(async () => turns.parse(await readJson(counted)).series[0]?.total.count).toBe(7)

    const page = await web.open(`/experiments/${experimentId}/dashboard?range=24h`)
    const panel = (name: string) => page.getByRole('region', { name, exact: true })
    await panel('Voice to voice').getByText('+50 %').first().waitFor()
    const figures = (name: string) =>
      panel(name)
        .locator('.figure')
        .evaluateAll((all) => all.map((figure) => figure.textContent?.replaceAll(/\s+/g, ' ').trim()))
    await expect.poll(async () => (await figures('Voice to voice'))[0]).toBe('1,500 ms p50 +50 %')
    await expect.poll(() => figures('Traces and turns')).toEqual(['3 traces −25 %', '3 turns −25 %'])
    await expect.poll(() => panel('Voice to voice').locator('.change.worse').count()).toBe(3)
    expect(await panel('Traces and turns').locator('.change.worse').count()).toBe(0)
    await page.getByRole('button', { name: '7 d' }).click()
    await panel('Traces and turns').getByText('7 traces').waitFor()
    // There is nothing in the week before that it could be compared with.
    await expect.poll(() => figures('Traces and turns')).toEqual(['7 traces', '7 turns'])
  })
}
