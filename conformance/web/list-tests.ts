import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { exportSpans, newSpanId, newTraceId } from './otlp-spans.ts'
import { createExperiment, createRun, sendConversation } from './sample-conversation.ts'
import type { WebUnderTest } from './web-under-test.ts'

/** Lists of traces, sessions and runs. */
export function listTests(web: WebUnderTest): void {
  const list = () => `/experiments/${web.experimentId()}`

  it('completes a filter as it is written, and says what is wrong with one before it asks the server', async () => {
    const page = await web.open(list())
    const field = page.getByRole('combobox', { name: 'Filter traces' })
    await page.getByRole('listitem').first().waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('interr')
    await page.getByRole('option', { name: /turn\.interrupted/ }).waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.type('= tr')
    await page.keyboard.press('Tab')
    expect(await field.inputValue()).toBe('turn.interrupted = true ')
    await page.keyboard.press('Enter')
    await page.waitForURL(/filter=turn\.interrupted/)
    await field.fill('status === 1')
    await page.keyboard.press('Enter')
    await page
      .getByRole('alert')
      .getByText(/at character/)
      .waitFor()
    expect(page.url()).toContain('turn.interrupted')
  })

  it('tags what is selected, and shows the tag in a column of its own', async () => {
    const page = await web.open(list())
    await page.getByRole('listitem').first().waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('x')
    await page.getByText('1 trace selected').waitFor()
    await page.getByRole('button', { name: 'Tag', exact: true }).click()
    await page.getByLabel('Tag', { exact: true }).fill('version')
    await page.getByLabel('Value').fill('v7')
    await page.getByRole('button', { name: 'Set' }).click()
    await page.getByText('version set on 1 trace.').waitFor()
    await page.goto(`${web.url()}${list()}?columns=time,question,tag:version`)
    await page.getByRole('listitem').getByText('v7').waitFor()
    expect(await page.locator('.data-columns.head').textContent()).not.toContain('Tokens')
  })

  it('asks the judge again, exports, and deletes what is selected', async () => {
    const traceId = newTraceId()
    await exportSpans(web.url(), { traceId, experimentId: web.experimentId() }, [
      { spanId: newSpanId(), name: 'to be deleted', startMs: Date.now() - 1000, endMs: Date.now() },
    ])
    const filter = encodeURIComponent("name = 'to be deleted'")
    const page = await web.open(`${list()}?filter=${filter}`)
    await page.getByRole('listitem').first().waitFor()
    await page.getByLabel('Select all that are loaded').check()
    await page.getByRole('button', { name: 'Judge again' }).click()
    await page.getByText('There are no ended turns to judge.').waitFor()
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Export' }).click()
    expect((await download).suggestedFilename()).toBe('traces.jsonl')
    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('heading', { name: 'No trace matches this filter' }).waitFor()
  })

  it('filters sessions by their traces and runs by their metrics, completed and held in the address', async () => {
    const page = await web.open(`${list()}/sessions`)
    const rows = page.locator('.data-row')
    await rows.first().waitFor()
    const all = await rows.count()
    await page.keyboard.press('/')
    await page.keyboard.type("turn.user_text ILIKE '%cold starts%'")
    await page.keyboard.press('Enter')
    await page.waitForURL(/sessions\?filter=/)
    await expect
      .poll(async () => {
        const found = await rows.count()
        return found > 0 && found < all
      })
      .toBe(true)

    await page.goto(`${web.url()}${list()}/runs`)
    await rows.first().waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('voice_to')
    await page.getByRole('option', { name: /metrics\.`turn\.voice_to_voice_ms`/ }).waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.type('> 100000')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'No run matches this filter' }).waitFor()
    await page.reload()
    await page.getByRole('heading', { name: 'No run matches this filter' }).waitFor()
    await page.getByRole('combobox', { name: 'Filter runs' }).fill('turn.interrupted = true')
    await page.keyboard.press('Enter')
    await page
      .getByRole('alert')
      .getByText(/Invalid entity type 'turn'/)
      .waitFor()
    await page.getByRole('button', { name: 'Clear the filter' }).last().click()
    await rows.first().waitFor()
  })

  it('leads from a session to its traces', async () => {
    const page = await web.open(`${list()}/sessions`)
    await page.getByRole('link').filter({ hasText: 'Can I raise that?' }).first().click()
    await page.waitForURL(/filter=metadata/)
    await page.getByRole('listitem').filter({ hasText: 'Can I raise that?' }).first().waitFor()
  })

  it('lists the worst first, by heads and by keys, with what they are ordered by', async () => {
    const experimentId = await createExperiment(web.url(), 'traces to order')
    for (const [index, waitMs] of [700, 2900, 300].entries()) {
      await sendConversation(web.url(), experimentId, {
        startMs: Date.now() - 60_000 + index * 1000,
        turns: [
          {
            userText: `It took ${waitMs}`,
            agentText: 'Yes.',
            parts: [100, 100, 0, waitMs - 300, 50, 50],
            ...(index === 0 && { error: 'It broke.' }),
          },
        ],
      })
    }
    const waits = (page: Page) => async () =>
      (await page.getByRole('listitem').allInnerTexts()).map((text) => /It took (\d+)/.exec(text)?.[1])
    const page = await web.open(`/experiments/${experimentId}`)
    const head = (name: string) => page.getByRole('columnheader', { name })
    await expect.poll(waits(page)).toEqual(['300', '2900', '700'])
    await head('Slowest voice to voice').getByRole('button').click()
    await page.waitForURL((url) => url.searchParams.get('order') === 'slowest')
    await expect.poll(waits(page)).toEqual(['2900', '700', '300'])
    expect(await head('Slowest voice to voice').getAttribute('aria-sort')).toBe('descending')
    await page.getByText('3 traces, slowest first').waitFor()

    // Once more, and it is the other way round; a third time, and the list is as it was.
    await head('Slowest voice to voice').getByRole('button').press('Enter')
    await page.getByText('3 traces, fastest first').waitFor()
    await expect.poll(waits(page)).toEqual(['300', '700', '2900'])
    await head('Slowest voice to voice').getByRole('button').press('Enter')
    await page.waitForURL((url) => !url.searchParams.has('order'))
    await expect.poll(waits(page)).toEqual(['300', '2900', '700'])

    expect(await head('Errors').count()).toBe(0)
    await page.getByText('Newest first', { exact: true }).press('Enter')
    await page.locator('.menu').getByRole('button', { name: 'Errors' }).press('Enter')
    await head('Errors').waitFor()
    await expect.poll(async () => (await waits(page)())[0]).toBe('700')
    await page.reload()
    await expect.poll(async () => (await waits(page)())[0]).toBe('700')

    await sendConversation(web.url(), experimentId, {
      startMs: Date.now() - 5000,
      turns: [{ userText: 'It took 4000', agentText: 'Yes.', parts: [100, 100, 0, 3700, 50, 50] }],
    })
    await page.goto(`${web.url()}/experiments/${experimentId}/sessions?order=slowest`)
    await expect.poll(waits(page)).toEqual(['4000', '2900', '700', '300'])
    await head('Slowest, ms').getByRole('button').click()
    await expect.poll(waits(page)).toEqual(['300', '700', '2900', '4000'])
  })

  it('brings a trace up as it becomes the slowest, and keeps what is loaded further down', async () => {
    const experimentId = await createExperiment(web.url(), 'very long lists')
    const send = (name: string, startMs: number) =>
      exportSpans(web.url(), { traceId: newTraceId(), experimentId }, [
        { spanId: newSpanId(), name, startMs, endMs: startMs + 10 },
      ])
    const beganMs = Date.now() - 3_600_000
    for (let from = 0; from < 700; from += 50) {
      await Promise.all(
        Array.from({ length: 50 }, (_, at) => send(`call ${from + at}`, beganMs - (from + at) * 1000)),
      )
    }
    const page = await web.open(`/experiments/${experimentId}`)
    const list = page.locator('.data-list')
    const foot = page.locator('.list-foot')
    await page.getByRole('listitem').first().waitFor()
    await expect
      .poll(async () => {
        await list.evaluate((element) => element.scrollTo({ top: element.scrollHeight }))
        return foot.textContent()
      })
      .toContain('700 traces, newest first')
    await send('a later call', Date.now() - 1000)
    await page.getByRole('button', { name: '1 new' }).click()
    await page.getByRole('listitem').filter({ hasText: 'a later call' }).waitFor()
    await foot.getByText('701 traces, newest first').waitFor()
    await page.getByText('Newest first', { exact: true }).click()
    await page.locator('.menu').getByRole('button', { name: 'Duration' }).click()
    await foot.getByText('longest first').waitFor()
    await exportSpans(web.url(), { traceId: newTraceId(), experimentId }, [
      { spanId: newSpanId(), name: 'the longest call', startMs: beganMs - 9_000_000, endMs: Date.now() },
    ])
    await page.getByRole('listitem').first().filter({ hasText: 'the longest call' }).waitFor()
  })

  it('lists what a brush over the waits covers, and all again when it is cleared', async () => {
    const page = await web.open(list())
    await page.getByRole('listitem').first().waitFor()
    const all = await page.getByRole('listitem').count()
    const bars = page.locator('.wait-histogram .bins')
    await page.evaluate(() => document.fonts.ready)
    const box = await bars.boundingBox()
    if (box === null) throw new Error('the histogram has no place')
    // The slowest turn alone stands in the last bar.
    await page.mouse.move(box.x + box.width - 3, box.y + 10)
    await page.mouse.down()
    await page.mouse.up()
    const range = /turn\.voice_to_voice_ms >= (\d+) AND turn\.voice_to_voice_ms <= (\d+)/
    await page.waitForURL((url) => range.test(url.searchParams.get('filter') ?? ''))
    const [, from, to] = range.exec(new URL(page.url()).searchParams.get('filter') ?? '') ?? []
    await page.waitForFunction((before) => document.querySelectorAll('[role=listitem]').length < before, all)
    for (const wait of await page.locator('[role=listitem] .gap .num').allInnerTexts()) {
      expect(Number(wait.replaceAll(',', ''))).toBeGreaterThanOrEqual(Number(from))
      expect(Number(wait.replaceAll(',', ''))).toBeLessThanOrEqual(Number(to))
    }
    await page.locator('.wait-histogram').getByRole('button', { name: 'All' }).click()
    await page.waitForFunction((before) => document.querySelectorAll('[role=listitem]').length >= before, all)
  })

  it('moves nothing under a reader who is further down, and leads back to the same place', async () => {
    const experimentId = await createExperiment(web.url(), 'long lists')
    const hour = 3_600_000
    const send = (name: string, startMs: number) =>
      exportSpans(web.url(), { traceId: newTraceId(), experimentId }, [
        { spanId: newSpanId(), name, startMs, endMs: startMs + 10, attributes: { 'session.id': name } },
      ])
    const before = Array.from({ length: 110 }, (_, at) => send(`before ${at}`, Date.now() - hour - at * 1000))
    await Promise.all(before)
    for (const view of ['', '/sessions']) {
      const page = await web.open(`/experiments/${experimentId}${view}`)
      const list = page.locator('.data-list')
      const rows = page.getByRole('listitem')
      const top = () => list.evaluate((element) => element.scrollTop)
      await rows.first().waitFor()
      const drawn = await rows.count()
      expect(drawn).toBeLessThan(80)
      await page.evaluate(() => document.fonts.ready)

      await list.evaluate((element) => element.scrollTo({ top: 2400 }))
      const read = rows.filter({ hasText: 'before 82' })
      await read.getByRole('checkbox').check()
      const place = await read.boundingBox()
      await send(`later ${view}`, Date.now())
      await page.getByRole('button', { name: '1 new' }).waitFor()
      expect(await read.boundingBox()).toEqual(place)
      expect(await read.getByRole('checkbox').isChecked()).toBe(true)

      await read.getByRole('link').click()
      await page.waitForURL(
        (url) => url.pathname !== `/experiments/${experimentId}${view}` || url.search !== '',
      )
      await page.goBack()
      await read.waitFor()
      expect(await read.boundingBox()).toEqual(place)
      expect(await read.getByRole('checkbox').isChecked()).toBe(true)

      await page.getByRole('button', { name: '1 new' }).click()
      await rows.filter({ hasText: `later ${view}` }).waitFor()
      await expect.poll(top).toBe(0)
      await page.getByText('1 ').filter({ hasText: 'selected' }).waitFor()
      await send(`at the top ${view}`, Date.now())
      await rows.filter({ hasText: `at the top ${view}` }).waitFor()
      expect(await top()).toBe(0)
    }
  })

  it('says that further rows could not be read, and reads them when asked again', async () => {
    const experimentId = await createExperiment(web.url(), 'further runs')
    const ids = Array.from({ length: 110 }, (_, at) => createRun(web.url(), experimentId, Date.now() - at))
    await Promise.all(ids)
    const page = await web.open('/connect')
    const refuse = { status: 500, json: { error_code: 'INTERNAL_ERROR', message: 'It broke.' } }
    await page.route('**/runs/search', (route) =>
      route.request().postDataJSON().page_token ? route.fulfill(refuse) : route.continue(),
    )
    await page.goto(`${web.url()}/experiments/${experimentId}/runs`)
    await page.getByText('100 or more runs, newest first').waitFor()
    await page.locator('.data-list').evaluate((list) => list.scrollTo({ top: list.scrollHeight }))
    await page.getByRole('alert').getByText('It broke.').waitFor()
    await page.unroute('**/runs/search')
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByText('110 runs, newest first').waitFor()
    expect(await page.getByRole('alert').count()).toBe(0)
  })

  it('shows on a touched phone the fields that one chooses, and a box to select each row', async () => {
    const page = await web.open(`${list()}/runs`, { viewport: { width: 390, height: 844 }, touch: true })
    const row = page.getByRole('listitem').first()
    await row.getByText('Voice to voice, ms').waitFor()
    expect(await row.getByRole('checkbox').evaluate((box) => getComputedStyle(box).opacity)).toBe('1')
    await page.getByText('Columns').tap()
    await page.getByLabel('llm.model').tap()
    await row.getByText('llm.model').waitFor()
    await page.keyboard.press('Escape')
    await row.getByRole('checkbox').tap()
    await page.getByText('1 run selected').waitFor()
  })

  it('selects on a touched phone all that are loaded, once one is', async () => {
    const experimentId = await createExperiment(web.url(), 'runs on a phone')
    for (let at = 0; at < 3; at++) await createRun(web.url(), experimentId, Date.now() - at * 1000)
    const phone = { viewport: { width: 390, height: 844 }, touch: true }
    const page = await web.open(`/experiments/${experimentId}/runs`, phone)
    await page.getByRole('listitem').first().getByRole('checkbox').tap()
    await page.getByRole('button', { name: 'All 3 that are loaded' }).tap()
    await page.getByText('3 runs selected').waitFor()
  })
}
