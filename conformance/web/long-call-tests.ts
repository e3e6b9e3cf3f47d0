import { expect, it } from 'vitest'
import { judgeWhole, type SampleTurn, sendConversation } from './sample-conversation.ts'
import type { WebUnderTest } from './web-under-test.ts'

const turnCount = 150

/** Calls of very many turns, of which the page draws what is in sight. */
export function longCallTests(web: WebUnderTest): void {
  const turns = Array.from(
    { length: turnCount },
    (_, index): SampleTurn => ({
      userText: `Is this question ${index + 1}?`,
      agentText: `Yes, it is the one with number ${index + 1}, and there are more.`,
      parts: [500, 200, 40, 300, 60, 100],
      documents: [],
    }),
  )
  const send = (open: boolean) =>
    sendConversation(web.url(), web.experimentId(), { startMs: Date.now() - 1_500_000, turns, open })

  it('holds the words of every turn of a long call, and all else of a turn once it is near', async () => {
    const { traceId } = await send(false)
    const page = await web.open(`/traces/${traceId}`)
    const card = (number: number) =>
      page.locator('.turn-card').filter({ hasText: `Is this question ${number}?` })
    await card(turnCount).waitFor({ state: 'attached' })
    expect(await page.locator('.turn-card').count()).toBe(turnCount)
    await card(1)
      .getByRole('img', { name: /^Voice to voice 1,200 ms/ })
      .waitFor()
    const far = card(turnCount / 2)
    expect(await far.getByText('Is this question 75?').count()).toBe(1)
    expect(await far.locator('.gap-bar').count()).toBe(0)
    await far.scrollIntoViewIfNeeded()
    await far.getByRole('img', { name: /^Voice to voice 1,200 ms/ }).waitFor()
    await expect.poll(() => card(1).locator('.gap-bar').count()).toBe(0)
  })

  it('paints the turns of a long call that are too narrow to be written on, and each can be pressed', async () => {
    const { traceId, turnSpanIds } = await send(false)
    const page = await web.open(`/traces/${traceId}`)
    const bands = page.locator('.turn-bands > .axis')
    await page.locator('.turn-bands canvas').waitFor()
    expect(await bands.getByRole('button').count()).toBe(0)
    const { width } = (await bands.boundingBox()) ?? { width: 0 }
    await bands.click({ position: { x: width / 2, y: 10 } })
    await page.waitForURL(/span=/)
    const pressed = turnSpanIds.indexOf(new URL(page.url()).searchParams.get('span') ?? '')
    expect(Math.abs(pressed - turnCount / 2)).toBeLessThan(5)
    await page
      .locator('.turn-card[aria-current="true"]')
      .getByRole('img', { name: /^Voice to voice/ })
      .waitFor()
    await page.keyboard.press('f')
    await bands.getByRole('button', { name: new RegExp(`^Turn ${pressed + 1}( |$)`) }).waitFor()
  })

  it('reads of a call that goes on only the scores that it has not read', async () => {
    const { traceId } = await send(true)
    const page = await web.open(`/traces/${traceId}`)
    await page.locator('.turn-card').first().waitFor()
    const judge = async (score: number) => {
      const answered = page.waitForResponse(
        async (response) =>
          response.url().includes('/changes?') && (await response.json()).info.assessments.length > 0,
      )
      await judgeWhole(web.url(), traceId, 'calm', { score, rationale: 'It stayed calm.' })
      const { info } = await (await answered).json()
      return info.assessments.map(({ value }: { value: number }) => value)
    }
    expect(await judge(2)).toEqual([2])
    const whole = page.getByRole('region', { name: 'The whole conversation' })
    await whole.getByRole('button', { name: /^Calm\s*2$/ }).waitFor()
    expect(await judge(5)).toEqual([5])
    await whole.getByRole('button', { name: /^Calm\s*5$/ }).waitFor()
  })
}
