import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { call } from '../foreign/call.ts'
import { fixtureSpans, fixtureText } from '../foreign/fixtures.ts'
import { exportSpans, newSpanId, newTraceId, type SampleSpan } from './otlp-spans.ts'
import { callPages } from './sample-sound.ts'
import { type PagesUnderTest, readJson } from './web-under-test.ts'

const traceAnswer = z.object({
  spans: z.array(z.object({ startTimeUnixNano: z.string(), endTimeUnixNano: z.string().nullable() })),
})

/** What others trace is shown as what our own bot does. */
export function foreignTests(web: PagesUnderTest): void {
  /** Sends what a library exported; gives the path of the trace. */
  async function send(producer: string): Promise<string> {
    const answer = await fetch(`${web.url()}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: fixtureText(producer),
    })
    if (!answer.ok) throw new Error(await answer.text())
    return `/traces/tr-${fixtureSpans(producer)[0]?.traceId}`
  }

  /** Attaches the sound of a call, a tone for the user in its second half, from the trace's first span to its last. */
  async function attachSound(tracePath: string): Promise<void> {
    const { spans } = traceAnswer.parse(await readJson(`${web.url()}/api/voxtrace${tracePath}`))
    const starts = spans.map(({ startTimeUnixNano }) => Number(BigInt(startTimeUnixNano) / 1_000_000n))
    const ends = spans.map(({ endTimeUnixNano }) => Number(BigInt(endTimeUnixNano ?? 0) / 1_000_000n))
    const [startMs, endMs] = [Math.min(...starts), Math.max(...ends)]
    const nano = (ms: number) => String(BigInt(Math.round(ms)) * 1_000_000n)
    const tone = {
      name: 'user_speech',
      startTimeUnixNano: nano((startMs + endMs) / 2),
      endTimeUnixNano: nano(endMs),
    }
    const place = `${web.url()}/api/voxtrace${tracePath}/recordings/call`
    const answer = await fetch(`${place}?start_time_unix_nano=${nano(startMs)}&channels=user,agent`, {
      method: 'PUT',
      headers: { 'content-type': 'audio/ogg' },
      body: new Uint8Array(Buffer.concat(callPages([tone], startMs, endMs))),
    })
    if (!answer.ok) throw new Error(await answer.text())
  }

  const currentTurn = (page: Page) => page.locator('.turn-card[aria-current="true"]')

  describe.each(['pipecat', 'livekit-python', 'livekit-node'])('a call that %s traced', (producer) => {
    it('is read turn by turn, heard, gone through by keys, and taken elsewhere', async () => {
      const path = await send(producer)
      const page = await web.open(path)
      const cards = page.locator('.turn-card')
      await cards.nth(4).waitFor()
      expect(await cards.count()).toBe(call.exchanges.length + 1)
      for (const [index, { user, agent }] of call.exchanges.entries()) {
        const card = cards.nth(index + 1)
        await card.getByText(user).waitFor()
        await card.getByText(agent).waitFor()
        await card.getByRole('img', { name: /^Voice to voice [\d,]+ ms: / }).waitFor()
      }
      await page.getByText('No recording', { exact: true }).waitFor()
      await page.keyboard.press('i')
      await currentTurn(page).getByText('Tell me a long story.').waitFor()
      const download = page.waitForEvent('download')
      await page.getByRole('button', { name: 'Export' }).click()
      await page.getByRole('button', { name: 'Transcript text' }).click()
      expect((await download).suggestedFilename()).toMatch(/\.txt$/)

      await attachSound(path)
      await page.getByRole('button', { name: 'Play' }).waitFor()
      await page.keyboard.press('j')
      await currentTurn(page).getByText('Stop, thank you.').waitFor()
      const tree = page.getByRole('treegrid', { name: 'Spans' })
      const rowCount = async () => Number(await tree.getAttribute('aria-rowcount'))
      const unfolded = await rowCount()
      await tree.focus()
      await page.keyboard.press('ArrowLeft')
      await expect.poll(rowCount).toBeLessThan(unfolded)
      await page.keyboard.press('ArrowRight')
      await expect.poll(rowCount).toBe(unfolded)
    })
  })

  /** How much the layout has shifted since it was last asked, as browsers measure it. */
  async function watchShifts(page: Page): Promise<() => Promise<number>> {
    await page.evaluate(() => {
      let shifted = 0
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
          if ('value' in entry && typeof entry.value === 'number') shifted += entry.value
        }
        document.documentElement.dataset.shifted = String(shifted)
      }).observe({ type: 'layout-shift' })
    })
    return async () => Number(await page.evaluate(() => document.documentElement.dataset.shifted ?? '0'))
  }

  describe('a trace that is looked at while its first turn comes', () => {
    const turnOf = (parentSpanId: string, startMs: number): SampleSpan => ({
      spanId: newSpanId(),
      parentSpanId,
      name: 'turn',
      startMs,
      endMs: startMs + 2000,
      attributes: {
        'turn.number': 1,
        'turn.user_text': 'Is anybody there?',
        'turn.agent_text': 'Yes.',
        'turn.voice_to_voice_ms': 700,
      },
    })

    it.each([{ viewport: { width: 1440, height: 900 } }, { viewport: { width: 390, height: 844 } }])(
      'has a place for it where it is a call, $viewport.width pixels wide',
      async (screen) => {
        const trace = { traceId: newTraceId(), experimentId: '0' }
        const startMs = Date.now() - 3000
        const root: SampleSpan = { spanId: newSpanId(), name: 'conversation', startMs, endMs: null }
        await exportSpans(web.url(), trace, [root])
        const page = await web.open(`/traces/tr-${trace.traceId}`, screen)
        await page.getByText('Each turn appears here as it begins.').waitFor()
        await page.evaluate(() => document.fonts.ready)
        const shifted = await watchShifts(page)
        await exportSpans(web.url(), trace, [turnOf(root.spanId, startMs + 500)])
        await page.locator('.turn-card').getByText('Is anybody there?').waitFor()
        expect(await shifted()).toBeLessThan(0.05)
      },
    )

    it('stays as it is where nothing told that it is a call, and shows the turns when asked', async () => {
      const trace = { traceId: newTraceId(), experimentId: '0' }
      const startMs = Date.now() - 3000
      const root: SampleSpan = { spanId: newSpanId(), name: 'pipeline', startMs, endMs: null }
      await exportSpans(web.url(), trace, [root])
      const page = await web.open(`/traces/tr-${trace.traceId}`)
      await page.getByRole('row').filter({ hasText: 'pipeline' }).waitFor()
      await page.evaluate(() => document.fonts.ready)
      const shifted = await watchShifts(page)
      await exportSpans(web.url(), trace, [turnOf(root.spanId, startMs + 500)])
      const show = page.getByRole('button', { name: 'Show turns' })
      await show.waitFor()
      expect(await shifted()).toBeLessThan(0.05)
      await show.click()
      await page.locator('.turn-card').getByText('Is anybody there?').waitFor()
    })
  })

  it('shows what an instrumented model call took and cost, with its error, and exports it', async () => {
    const page = await web.open(await send('openinference-openai'))
    const facts = page.locator('.page-facts')
    await facts.getByText('Errors').waitFor()
    expect(await facts.textContent()).toMatch(/Tokens\s*\d+/)
    await page.keyboard.press('e')
    await page.locator('.detail-failure').waitFor()
    await page.getByRole('button', { name: 'Export' }).click()
    expect(await page.getByRole('link', { name: 'Trace json' }).getAttribute('download')).toMatch(/\.json$/)
    // A menu that is open has the keys.
    await page.keyboard.press('Escape')
    await page.locator('.detail-failure').waitFor()
  })
}
