import { expect, it } from 'vitest'
import { exportSpans, newSpanId, newTraceId } from './otlp-spans.ts'
import type { WebUnderTest } from './web-under-test.ts'

/** Traces too large to come at once. */
export function largeTraceTests(web: WebUnderTest): void {
  it('shows the words of a conversation that is too large to come at once', async () => {
    const traceId = newTraceId()
    const startMs = Date.now() - 60_000
    const [root, first, second] = [newSpanId(), newSpanId(), newSpanId()]
    const turn = (spanId: string, number: number, userText: string) => ({
      spanId,
      parentSpanId: root,
      name: 'turn',
      startMs: startMs + number * 10_000,
      endMs: startMs + number * 10_000 + 9000,
      attributes: {
        'turn.number': number,
        'turn.user_text': userText,
        'turn.agent_text': 'Yes, it does.',
        'turn.voice_to_voice_ms': 900 + number,
      },
    })
    const steps = Array.from({ length: 5100 }, (_, index) => ({
      spanId: newSpanId(),
      parentSpanId: index === 0 ? first : second,
      name: 'step',
      startMs: startMs + 20_000 + index,
      endMs: startMs + 20_000 + index + 5,
    }))
    await exportSpans(web.url(), { traceId, experimentId: web.experimentId() }, [
      { spanId: root, name: 'conversation', startMs, endMs: startMs + 40_000 },
      turn(first, 1, 'Does it read long calls?'),
      turn(second, 2, 'And very long ones?'),
      ...steps,
    ])
    const page = await web.open(`/traces/tr-${traceId}`)
    await page.locator('.turn-card').getByText('And very long ones?').click()
    await page.locator('.turn-wait').getByText('902').waitFor()
    expect(await page.locator('.turn-card').count()).toBe(2)
  })

  it('draws the beginning of a value of ten million characters, and more when asked', async () => {
    const traceId = newTraceId()
    const spanId = newSpanId()
    await exportSpans(web.url(), { traceId, experimentId: web.experimentId() }, [
      {
        spanId,
        name: 'large',
        startMs: Date.now() - 1000,
        endMs: Date.now(),
        attributes: { 'mlflow.spanOutputs': 'word '.repeat(2_000_000) },
      },
    ])
    const page = await web.open(`/traces/tr-${traceId}?tab=outputs`)
    const drawn = () => page.locator('.detail-body').evaluate((body) => body.textContent?.length ?? 0)
    const more = page.getByRole('button', { name: /200,000 more of 10,000,000 characters/ })
    await more.waitFor()
    expect(await drawn()).toBeLessThan(30_000)
    await more.click()
    await expect.poll(drawn).toBeGreaterThan(200_000)
  })

  it('reads a large trace without payloads, and each when it is opened', async () => {
    const traceId = newTraceId()
    const startMs = Date.now() - 60_000
    const root = newSpanId()
    const spans = Array.from({ length: 5200 }, (_, index) => ({
      spanId: index === 0 ? root : newSpanId(),
      ...(index > 0 && { parentSpanId: root }),
      name: index === 0 ? 'sweep' : `step ${index}`,
      startMs: startMs + index,
      endMs: startMs + index + 400,
      attributes: { note: index === 5100 ? 'the needle in the haystack' : 'hay' },
      ...(index === 5150 && { error: 'It broke here.' }),
    }))
    await exportSpans(web.url(), { traceId, experimentId: web.experimentId() }, spans)
    const page = await web.open(`/traces/tr-${traceId}`)
    await page.getByText('5,200').first().waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('needle')
    await page.getByRole('status').getByText('1', { exact: true }).waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('row', { selected: true }).getByText('step 5100').waitFor()
    await page.getByRole('tab', { name: /Attributes/ }).click()
    await page.getByText('the needle in the haystack').waitFor()
    await page.getByRole('button', { name: '1 error' }).click()
    await page.getByText('It broke here.').or(page.getByRole('row').getByText('step 5150')).first().waitFor()
    expect(await page.getByRole('row').count()).toBe(2)
  })
}
