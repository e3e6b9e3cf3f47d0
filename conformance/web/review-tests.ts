import { openStore } from '@voxtrace/store'
import { silentLog } from '@voxtrace/store/testing'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { exportSpans, newSpanId, newTraceId } from './otlp-spans.ts'
import {
  createExperiment,
  deleteTrace,
  type SentConversation,
  sendConversation,
  supportCall,
} from './sample-conversation.ts'
import { readJson, type WebUnderTest } from './web-under-test.ts'

const question = 'Does the answer sound right to this caller?'
const levels = ['Rude.', 'Cold.', 'Mechanical.', 'Warm.', 'Natural.']
const assessments = z.object({
  info: z.object({
    assessments: z.array(
      z.object({
        name: z.string(),
        kind: z.string(),
        value: z.unknown(),
        spanId: z.string().nullable(),
        source: z.object({ type: z.string(), id: z.string() }),
      }),
    ),
  }),
})

/** People score turns, and see what the judge thought only then. */
export function reviewTests(web: WebUnderTest): void {
  let sent: SentConversation

  async function assessmentsOf(traceId: string) {
    const read = await readJson(`${web.url()}/api/voxtrace/traces/${traceId}`)
    return assessments.parse(read).info.assessments
  }

  it('asks who scores, shows what scores mean, and keeps them with the judge out of sight', async () => {
    sent = await sendConversation(web.url(), web.experimentId(), {
      startMs: Date.now() - 60_000,
      turns: supportCall.slice(2, 4),
    })
    const store = await openStore({ databaseUrl: web.databaseUrl(), log: silentLog })
    const rubrics = ['answer_relevancy', 'tone'].map((name) => ({
      name: `judge.${name}`,
      title: name,
      question,
      levels,
    }))
    await store.services.report({ service: 'judge', instance: 'test', details: { rubrics } })
    await store.close()

    const page = await web.open(
      `/experiments/${web.experimentId()}/review?at=${sent.traceId}.${sent.turnSpanIds[0]}`,
    )
    await page.getByLabel('Your name').fill('Ada')
    await page.getByRole('button', { name: 'Begin' }).click()
    await page.getByText(question).first().waitFor()
    await page.getByText('Keep instances warm').waitFor()
    expect(await page.locator('.judge-line').count()).toBe(0)
    await page.keyboard.press('4')
    await page.locator('.judge-line').getByText('2 lower').waitFor()
    expect(await page.locator('.judge-line').count()).toBe(1)
    await page.keyboard.press('5')
    await page.keyboard.press('x')
    await page.keyboard.type('Keep one instance warm.')
    await page.keyboard.press('Escape')
    await page.getByText('Saved', { exact: true }).waitFor()
    await page.getByText(/^1 of \d+ scored$/).waitFor()

    const own = async () =>
      (await assessmentsOf(sent.traceId)).filter(({ source }) => source.type === 'HUMAN')
    await expect
      .poll(async () => (await own()).map(({ name, kind, value }) => [name, kind, value]).sort())
      .toEqual([
        ['expected_response', 'expectation', 'Keep one instance warm.'],
        ['judge.answer_relevancy', 'feedback', 4],
        ['judge.tone', 'feedback', 5],
      ])
    expect(new Set((await own()).map(({ spanId, source }) => `${spanId} ${source.id}`))).toEqual(
      new Set([`${sent.turnSpanIds[0]} Ada`]),
    )
  })

  it('sets the scores of people beside those of the judges, and leads to where they differ', async () => {
    const page = await web.open(`/experiments/${web.experimentId()}/dashboard?range=24h`)
    const row = page.getByRole('region', { name: 'Judges beside people' }).getByRole('row')
    await row.filter({ hasText: 'Answer relevancy' }).getByText('2.0 stricter').waitFor()
    await row.getByRole('link', { name: '2:4' }).click()
    await page.waitForURL(`**/traces/${sent.traceId}?span=${sent.turnSpanIds[0]}`)
  })

  it('goes on to the next turn with Enter, and remembers what was scored', async () => {
    const filter = encodeURIComponent(`request_id = '${sent.traceId}'`)
    const page = await web.open(`/experiments/${web.experimentId()}/review?filter=${filter}`)
    await page.getByLabel('Your name').fill('Ada')
    await page.getByRole('button', { name: 'Begin' }).click()
    await page.getByText('1 of 2 scored').waitFor()
    await page.locator('.review-subject .scored').getByText('Sorry, just tell me').waitFor()
    await page.keyboard.press('k')
    await page.locator('.review-subject .scored').getByText('What about cold starts?').waitFor()
    await expect.poll(() => page.locator('.scale [aria-pressed="true"]').allInnerTexts()).toEqual(['4', '5'])
    await page.keyboard.press('Enter')
    await page.locator('.review-subject .scored').getByText('Sorry, just tell me').waitFor()
  })

  it('holds the filter to each turn', async () => {
    const filter = encodeURIComponent(`turn.interrupted = true AND request_id = '${sent.traceId}'`)
    const page = await web.open(`/experiments/${web.experimentId()}/review?filter=${filter}`)
    await page.getByLabel('Your name').fill('Bob')
    await page.getByRole('button', { name: 'Begin' }).click()
    await page.getByText('0 of 1 scored').waitFor()
  })

  it('shows a session of a trace a turn as one conversation, and keeps its score on the first trace', async () => {
    const said = ['My name is Ada.', 'Book a table, please.', 'Thank you.']
    const traceIds = said.map(newTraceId)
    for (const [index, userText] of said.entries()) {
      const startMs = Date.now() - 60_000 + index * 5_000
      const span = {
        spanId: newSpanId(),
        name: 'turn',
        startMs,
        endMs: startMs + 2_000,
        attributes: {
          'session.id': 'reviewed',
          'turn.number': 1,
          'turn.user_text': userText,
          'turn.agent_text': 'Yes.',
        },
      }
      await exportSpans(web.url(), { traceId: traceIds[index] ?? '', experimentId: web.experimentId() }, [
        span,
      ])
    }
    const filter = encodeURIComponent("metadata.`mlflow.trace.session` = 'reviewed'")
    const page = await web.open(
      `/experiments/${web.experimentId()}/review?unit=conversation&filter=${filter}`,
    )
    await page.getByLabel('Your name').fill('Ada')
    await page.getByRole('button', { name: 'Begin' }).click()
    await page.getByText('0 of 1 scored').waitFor()
    const turns = page.locator('.review-subject .scored')
    await turns.last().getByText('Thank you.').waitFor()
    expect(await turns.locator('header').allInnerTexts()).toEqual(['Turn 1', 'Turn 2', 'Turn 3'])
    await page.keyboard.press('5')
    await expect
      .poll(() => assessmentsOf(`tr-${traceIds[0]}`))
      .toMatchObject([{ name: 'judge.goal_completion', value: 5, spanId: null }])
  })

  it('says that there is nothing to review before it asks for a name', async () => {
    const emptyId = await createExperiment(web.url(), 'nothing to review')
    const page = await web.open(`/experiments/${emptyId}/review`)
    await page.getByRole('heading', { name: 'No turns to review yet' }).waitFor()
    expect(await page.getByLabel('Your name').count()).toBe(0)
    await page.goto(`${web.url()}/experiments/987654/review`)
    await page.getByRole('heading', { name: 'There is no such experiment' }).waitFor()
  })

  it('takes back the score that was given last, and knows the others when the queue is drawn anew', async () => {
    const alone = await sendConversation(web.url(), web.experimentId(), {
      startMs: Date.now() - 60_000,
      turns: supportCall.slice(0, 1),
    })
    const filter = encodeURIComponent(`request_id = '${alone.traceId}'`)
    const page = await web.open(`/experiments/${web.experimentId()}/review?filter=${filter}`)
    await page.getByLabel('Your name').fill('Eve')
    await page.getByRole('button', { name: 'Begin' }).click()
    const given = page.locator('.scale [aria-pressed="true"]')
    await page.locator('.criterion').first().waitFor()
    await page.keyboard.press('3')
    await page.keyboard.press('2')
    await page.getByText('All scored').waitFor()
    await page.keyboard.press('Backspace')
    await page.getByText('All scored').waitFor({ state: 'detached' })
    const ofEve = async () =>
      (await assessmentsOf(alone.traceId))
        .filter(({ source }) => source.id === 'Eve')
        .map(({ value }) => value)
    await expect.poll(() => given.allInnerTexts()).toEqual(['3'])
    await expect.poll(ofEve).toEqual([3])
    await page.getByRole('button', { name: 'Shuffled' }).click()
    await page.waitForURL(/order=shuffled/)
    await expect.poll(() => given.allInnerTexts()).toEqual(['3'])
    await given.first().click()
    await page.getByText('Each score is saved as it is given').waitFor()
    await expect.poll(ofEve).toEqual([])
  })

  it('tells reviewers of each other, and divides a queue up between them where they want that', async () => {
    const experimentId = await createExperiment(web.url(), 'reviewed by two')
    for (let at = 0; at < 6; at++) {
      await sendConversation(web.url(), experimentId, {
        startMs: Date.now() - 60_000 - at * 1000,
        turns: [
          {
            userText: `Question ${at}`,
            agentText: 'Answer.',
            parts: [100, 100, 100, 100, 50, 50],
            scores: [],
          },
        ],
      })
    }
    const begin = async (name: string, search: string) => {
      const page = await web.open(`/experiments/${experimentId}/review${search}`)
      await page.getByLabel('Your name').fill(name)
      await page.getByRole('button', { name: 'Begin' }).click()
      await page.getByText(/^0 of 6 scored$/).waitFor()
      return page
    }
    const current = (page: Page) => page.locator('.review-queue [aria-current] .ellipsis').textContent()
    const scoreAll = async (page: Page) => {
      await page.getByText(question).first().waitFor()
      for (const key of ['4', '5']) await page.keyboard.press(key)
      await page.getByText('Saved', { exact: true }).waitFor()
    }

    const ada = await begin('Ada', '?share=divided')
    const bob = await begin('Bob', '?share=divided')
    const [first, other] = [await current(ada), await current(bob)]
    expect(first).not.toBe(other)
    await scoreAll(ada)
    await bob.getByText('1 of 6 scored', { exact: true }).waitFor()
    await bob.getByText('1 by others').waitFor()
    expect(await current(bob)).toBe(other)
    await bob
      .locator('.review-queue li')
      .filter({ hasText: first ?? '' })
      .getByText('also Ada')
      .waitFor()

    // Whoever scores all begins with the newest, whatever others did, and sees who was there.
    const cid = await web.open(`/experiments/${experimentId}/review`)
    await cid.getByLabel('Your name').fill('Cid')
    await cid.getByRole('button', { name: 'Begin' }).click()
    await cid.getByText(/^0 of 6 scored$/).waitFor()
    expect(await current(cid)).toBe('Question 0')
    await cid.getByText('also Ada').waitFor()

    // Bob goes on until nothing is left, and is never handed what Ada has scored.
    for (let at = 1; at < 6; at++) {
      expect(await current(bob)).not.toBe(first)
      await scoreAll(bob)
      await bob.keyboard.press('Enter')
    }
    await bob.getByText('6 of 6 scored', { exact: true }).waitFor()
  })

  it('goes on past a conversation that is deleted while the queue is worked on', async () => {
    const experimentId = await createExperiment(web.url(), 'reviewed while deleted')
    const [oldest, middle, newest] = [await send(3), await send(2), await send(1)]
    async function send(minutesAgo: number): Promise<SentConversation> {
      const startMs = Date.now() - minutesAgo * 60_000
      return sendConversation(web.url(), experimentId, { startMs, turns: supportCall.slice(0, 1) })
    }
    const page = await web.open('/connect')
    await page.evaluate(() => localStorage.setItem('voxtrace.reviewer', 'Eve'))
    const prefetched = page.waitForResponse((answer) => answer.url().endsWith(`/traces/${middle.traceId}`))
    await page.goto(`${web.url()}/experiments/${experimentId}/review?unit=conversation`)
    await prefetched
    await deleteTrace(web.url(), experimentId, oldest.traceId)
    await page.keyboard.press('j')
    await page.waitForURL(new RegExp(middle.traceId))
    await page.keyboard.press('j')
    await page.getByRole('heading', { name: 'This conversation has been deleted' }).waitFor()
    await page.keyboard.press('Enter')
    await page.getByText('0 of 2 scored').waitFor()
    await page.waitForURL(new RegExp(newest.traceId))
  })
}
