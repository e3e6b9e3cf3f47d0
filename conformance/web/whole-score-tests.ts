import { openStore } from '@voxtrace/store'
import { silentLog } from '@voxtrace/store/testing'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  createExperiment,
  judgeWhole,
  type SentConversation,
  sendConversation,
  supportCall,
} from './sample-conversation.ts'
import type { PagesUnderTest } from './web-under-test.ts'

/** What judges say of conversations as a whole, beside what they say of turns. */
export function wholeScoreTests(web: PagesUnderTest): void {
  describe('scores of whole conversations', () => {
    let experimentId: string
    let good: SentConversation
    let bad: SentConversation
    let unjudged: SentConversation
    beforeAll(async () => {
      experimentId = await createExperiment(web.url(), 'whole-scores')
      const send = (minutesAgo: number) =>
        sendConversation(web.url(), experimentId, {
          startMs: Date.now() - minutesAgo * 60_000,
          turns: supportCall,
        })
      good = await send(30)
      bad = await send(20)
      unjudged = await send(10)
      for (const [{ traceId }, score] of [
        [good, 5],
        [bad, 1],
      ] as const) {
        await judgeWhole(web.url(), traceId, 'goal_completion', { score, rationale: 'So it went.' })
        await judgeWhole(web.url(), traceId, 'calm', { score: 4, rationale: 'One mild correction.' })
      }
    })

    it('stand in a column of the list of traces that one chooses', async () => {
      const page = await web.open(`/experiments/${experimentId}?columns=question,whole`)
      const head = page.locator('.data-columns.head')
      await head.getByText('Goal', { exact: true }).waitFor()
      const rows = page.getByRole('listitem').filter({ hasText: 'Can I raise that?' })
      await rows.nth(2).waitFor()
      await expect
        .poll(() => rows.locator('.score-strip > span').allInnerTexts())
        .toEqual(
          ['1', '4', '·', '5', '4', '·'].map((numeral) => expect.stringMatching(new RegExp(`${numeral}$`))),
        )
      expect(await rows.locator('.score-strip > .low').count()).toBe(1)
    })

    it('stand beside each other where two conversations are compared', async () => {
      const page = await web.open(`/compare?left=${good.traceId}&right=${bad.traceId}`)
      const row = page.locator('.compare-grid.figure').filter({ hasText: 'Goal completion' })
      await row.waitFor()
      expect(await row.locator('b').allInnerTexts()).toEqual(['5.0', '1.0'])
      expect(await row.locator('b.worse').textContent()).toBe('1.0')
    })

    it('are missing for a reason where no language model judges, which is said until it is put away', async () => {
      const store = await openStore({ databaseUrl: web.databaseUrl(), log: silentLog })
      await store.services.report({ service: 'judge', instance: 'test', details: { kind: 'offline' } })
      const page = await web.open(`/traces/${unjudged.traceId}`)
      const note = page.getByRole('complementary', { name: 'The whole conversation' })
      await note.getByText('OPENAI_API_KEY').waitFor()
      await note.getByRole('button', { name: 'Put this note away' }).click()
      await note.waitFor({ state: 'detached' })
      await page.reload()
      await page.locator('.turn-card').first().waitFor()
      expect(await note.count()).toBe(0)
      const judged = await web.open(`/traces/${good.traceId}`)
      await judged.getByRole('region', { name: 'The whole conversation' }).waitFor()
      expect(await judged.getByText('OPENAI_API_KEY').count()).toBe(0)
      await store.services.leave('judge', 'test')
      await store.close()
    })
  })
}
