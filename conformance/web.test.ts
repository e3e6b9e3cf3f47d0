import { describe, expect, it } from 'vitest'
import { accessibilityTests } from './web/accessibility-tests.ts'
import { bulkTests } from './web/bulk-tests.ts'
import { dashboardTests } from './web/dashboard-tests.ts'
import { experimentTests } from './web/experiment-tests.ts'
import { largeTraceTests } from './web/large-trace-tests.ts'
import { listTests } from './web/list-tests.ts'
import { longCallTests } from './web/long-call-tests.ts'
import { exportSpans, newSpanId, newTraceId } from './web/otlp-spans.ts'
import { reviewTests } from './web/review-tests.ts'
import { runTests } from './web/run-tests.ts'
import {
  createExperiment,
  deleteTrace,
  judgeWhole,
  type SentConversation,
  sendConversation,
  supportCall,
} from './web/sample-conversation.ts'
import { stateTests } from './web/state-tests.ts'
import { hasChromium, narrow, webInBrowser, wide } from './web/web-in-browser.ts'
import type { Screen, WebUnderTest } from './web/web-under-test.ts'
import { zoomTests } from './web/zoom-tests.ts'

describe.skipIf(!hasChromium)('the web app in a browser', { shuffle: false }, () => {
  const app = webInBrowser()
  const { open } = app
  let experimentId: string
  let sent: SentConversation

  it('tells a newcomer where to begin, and opens the first trace as it comes', async () => {
    const page = await open('/')
    await page.getByRole('heading', { name: /Say something to your bot/ }).waitFor()
    await page.getByText(`MLFLOW_TRACKING_URI=${app.url()}`).waitFor()
    expect(await page.getByRole('link', { name: 'Talk to the bot' }).getAttribute('href')).toBe('/talk')
    experimentId = await createExperiment(app.url(), 'voice-bot')
    sent = await sendConversation(app.url(), experimentId, {
      startMs: Date.now() - 120_000,
      turns: supportCall,
    })
    await page.waitForURL(`**/experiments/${experimentId}`)
    await page.getByRole('listitem').filter({ hasText: 'Can I raise that?' }).waitFor()
  })

  it('lists a trace with its slowest turn, its turns and its lowest scores', async () => {
    const page = await open(`/experiments/${experimentId}`)
    const row = page.getByRole('listitem').filter({ hasText: 'Can I raise that?' })
    await row.getByText('2,724', { exact: true }).waitFor()
    await row
      .getByRole('img', {
        name: /Voice to voice 2,724 ms: End-of-utterance wait 500 ms.*First audio 125 ms, Network 24 ms/,
      })
      .waitFor()
    await row.getByText('Scored', { exact: true }).waitFor()
    const scores = 'Answer relevancy 2, Retrieval relevancy 3, Faithfulness 2, Tone 4, Coherence 4'
    await expect.poll(() => row.getByRole('img', { name: scores }).textContent()).toBe('23244')
  })

  it('says in place why a filter is refused, and finds what a good one asks for', async () => {
    const page = await open(`/experiments/${experimentId}?filter=${encodeURIComponent('nonsense ===')}`)
    await page.getByRole('alert').waitFor()
    await page.keyboard.press('/')
    await page.getByRole('combobox', { name: 'Filter traces' }).fill("status = 'ERROR'")
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'No trace matches this filter' }).waitFor()
    await page.getByRole('button', { name: 'Clear the filter' }).last().click()
    await page.getByRole('listitem').filter({ hasText: 'Can I raise that?' }).waitFor()
  })

  it('finds by words alone what was said', async () => {
    const page = await open(`/experiments/${experimentId}`)
    const rows = page.getByRole('listitem')
    await rows.first().waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('nobody said this')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'No trace matches this filter' }).waitFor()
    await page.getByRole('combobox', { name: 'Filter traces' }).fill('what about COLD starts')
    await page.keyboard.press('Enter')
    await rows.filter({ hasText: 'Can I raise that?' }).waitFor()
    expect(new URL(page.url()).searchParams.get('filter')).toBe("text ILIKE '%what about COLD starts%'")
  })

  it('leads from a session or tag of a trace to the traces with the same', async () => {
    const page = await open(`/traces/${sent.traceId}`)
    await page.locator('.attribute-list').getByRole('link', { name: /^s-/ }).click()
    await page.waitForURL(`**/experiments/${experimentId}?filter=*`)
    await page.getByRole('listitem').filter({ hasText: 'Can I raise that?' }).waitFor()
  })

  it('opens a row from the keyboard', async () => {
    const page = await open(`/experiments/${experimentId}`)
    await page.getByRole('listitem').first().waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.waitForURL(`**/traces/${sent.traceId}`)
  })

  it('shows a conversation turn by turn, with what was never heard and why it was scored so', async () => {
    const page = await open(`/traces/${sent.traceId}`)
    const turn = page.locator('.turn-card').nth(2)
    await turn.getByText('What about cold starts?').click()
    await page.waitForURL(`**span=${sent.turnSpanIds[2]}**`)
    expect(await turn.locator('.unheard').textContent()).toBe('set a minimum number of instances.')
    expect(await turn.locator('.gap-parts').textContent()).toContain('1,238 ms')
    await turn.getByText('Keep instances warm').waitFor()
    await turn.getByRole('button', { name: /^Ans/ }).click()
    await turn.getByText('Answer relevancy 2').waitFor()
    await turn.getByText(/Every sentence of the answer was compared/).waitFor()
  })

  it('shows what is said of the whole conversation before its turns', async () => {
    await judgeWhole(app.url(), sent.traceId, 'goal_completion', {
      score: 3,
      rationale: 'The timeout was raised; how to avoid cold starts was cut off.',
    })
    await judgeWhole(app.url(), sent.traceId, 'calm', { score: 4, rationale: 'One mild correction.' })
    const page = await open(`/traces/${sent.traceId}`)
    const whole = page.getByRole('region', { name: 'The whole conversation' })
    await expect
      .poll(() => whole.getByRole('button').allInnerTexts())
      .toEqual([expect.stringMatching(/^Goal\s*3$/), expect.stringMatching(/^Calm\s*4$/)])
    await whole.getByRole('button', { name: /^Goal/ }).click()
    await whole.getByText('how to avoid cold starts was cut off').waitFor()
  })

  it('keeps the selected span and tab over a reload', async () => {
    const page = await open(`/traces/${sent.traceId}`)
    await page.getByRole('row').filter({ hasText: 'rag_retrieval' }).first().click()
    await page.getByRole('tab', { name: /Attributes/ }).click()
    await page.getByText('rag.num_docs_retrieved').waitFor()
    await page.reload()
    await page.getByText('rag.num_docs_retrieved').waitFor()
    expect(await page.getByRole('row', { selected: true }).textContent()).toContain('rag_retrieval')
  })

  it('lets a trace grow while it is looked at', async () => {
    const open1 = await sendConversation(app.url(), experimentId, {
      startMs: Date.now() - 12_000,
      turns: supportCall.slice(0, 1).map(({ scores: _, ...turn }) => turn),
      open: true,
    })
    const page = await open(`/traces/${open1.traceId}`)
    await page.getByText('Waiting for the answer').waitFor()
    await exportSpans(app.url(), { traceId: open1.traceId.slice(3), experimentId }, [
      {
        spanId: open1.turnSpanIds[0] ?? '',
        name: 'turn',
        startMs: Date.now() - 9_000,
        endMs: Date.now(),
        attributes: {
          'turn.number': 1,
          'turn.user_text': 'Can I raise that?',
          'turn.agent_text': 'Yes, with the timeout flag.',
          'turn.voice_to_voice_ms': 1100,
        },
      },
    ])
    await page.locator('.turn-card').getByText('Yes, with the timeout flag.').waitFor()
    await page.locator('.turn-wait').getByText('1,100').waitFor()
  })

  it('asks another server for a picture that a trace names when one wants to see it', async () => {
    const traceId = newTraceId()
    const url = 'https://pictures.example/square.png'
    await exportSpans(app.url(), { traceId, experimentId }, [
      {
        spanId: newSpanId(),
        name: 'chat',
        startMs: Date.now() - 1000,
        endMs: Date.now(),
        attributes: {
          'mlflow.spanInputs': {
            messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }],
          },
        },
      },
    ])
    const page = await open('/connect')
    let asked = 0
    await page.route(url, (route) => {
      asked++
      return route.fulfill({
        contentType: 'image/svg+xml',
        body: '<svg xmlns="http://www.w3.org/2000/svg"/>',
      })
    })
    await page.goto(`${app.url()}/traces/tr-${traceId}`)
    const load = page.getByRole('button', { name: 'Load the picture from pictures.example' })
    await load.waitFor()
    expect(asked).toBe(0)
    await load.click()
    await page.getByRole('img', { name: 'Part of the payload' }).waitFor()
    await expect.poll(() => asked).toBe(1)
  })

  it('does not call a trace live whose sender has fallen silent', async () => {
    const silent = await sendConversation(app.url(), experimentId, {
      startMs: Date.now() - 600_000,
      turns: supportCall.slice(0, 1),
      open: true,
    })
    const page = await open(`/traces/${silent.traceId}`)
    await page.locator('.page-header').getByText('Not ended').waitFor()
    expect(await page.locator('.page-header .tag.live').count()).toBe(0)
  })

  it('tags, judges again and deletes a trace where it is read', async () => {
    const brief = await sendConversation(app.url(), experimentId, {
      startMs: Date.now() - 30_000,
      turns: supportCall.slice(0, 1),
    })
    const page = await open(`/traces/${brief.traceId}`)
    const more = page.locator('summary', { hasText: 'More' })
    const choose = async (name: string) => {
      await more.click()
      await page.locator('.menu[open]').getByRole('button', { name }).click()
    }
    await choose('Tag')
    await page.getByLabel('Tag', { exact: true }).fill('seen by')
    await page.getByLabel('Value').fill('Ada')
    await page.keyboard.press('Enter')
    await page.locator('.attribute-list').getByRole('link', { name: 'Ada' }).waitFor()
    expect(await more.evaluate((button) => button === document.activeElement)).toBe(true)
    await choose('Judge again')
    await page.getByText('1 turn waits for the judge.').waitFor()
    await page.getByRole('button', { name: 'Close' }).click()
    await choose('Delete')
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.waitForURL(`**/experiments/${experimentId}`)
    await page.goto(`${app.url()}/traces/${brief.traceId}`)
    await page.getByRole('heading', { name: 'Not found' }).waitFor()
  })

  it('says of a trace that is deleted while it is looked at that it is gone', async () => {
    const brief = await sendConversation(app.url(), experimentId, {
      startMs: Date.now() - 30_000,
      turns: supportCall.slice(0, 1),
    })
    const page = await open(`/traces/${brief.traceId}`)
    await page.locator('.turn-card').first().waitFor()
    await deleteTrace(app.url(), experimentId, brief.traceId)
    await page.getByRole('heading', { name: 'This trace has been deleted' }).waitFor()
  })

  it('charts the metrics of a run and leads to its trace', async () => {
    const page = await open(`/runs/${sent.runId}`)
    await page.getByRole('img', { name: 'turn.voice_to_voice_ms over 5 turns' }).waitFor()
    await page.getByText('moonshine-tiny').waitFor()
    await page.getByRole('link', { name: 'Trace', exact: true }).click()
    await page.waitForURL(`**/traces/${sent.traceId}`)
  })

  it('finds the conversation to stand beside another, and compares two that are marked', async () => {
    const other = await sendConversation(app.url(), experimentId, {
      startMs: Date.now() - 20_000,
      turns: supportCall.slice(1, 2).map((turn) => ({ ...turn, userText: 'Where is my invoice?' })),
    })
    const page = await open(`/compare?left=${sent.traceId}`)
    const choices = page.locator('.compare-choices a')
    await choices.filter({ hasText: 'Where is my invoice?' }).waitFor()
    await page.getByRole('combobox', { name: 'Filter traces' }).fill('my invoice')
    await page.keyboard.press('Enter')
    await expect.poll(() => choices.count()).toBe(1)
    await choices.click()
    await page.waitForURL(`**/compare?left=${sent.traceId}&right=${other.traceId}`)

    await page.goto(`${app.url()}/experiments/${experimentId}`)
    for (const said of ['Where is my invoice?', 'Can I raise that?']) {
      const row = page.getByRole('listitem').filter({ hasText: said }).last()
      await row.hover()
      await row.getByRole('checkbox').check()
    }
    await page.getByRole('link', { name: 'Compare', exact: true }).waitFor()
    await page.keyboard.press('c')
    await page.waitForURL(`**/compare?left=*&right=${other.traceId}`)
    await page.getByRole('link', { name: 'Swap' }).waitFor()
    await deleteTrace(app.url(), experimentId, other.traceId)
  })

  it("leads where MLflow's clients and logs say that a run or a trace is", async () => {
    const page = await open(`/#/experiments/${experimentId}/runs/${sent.runId}`)
    await page.waitForURL(`**/runs/${sent.runId}`)
    await page.getByText('moonshine-tiny').waitFor()
    await page.goto(`${app.url()}/traces/${sent.traceId.slice('tr-'.length)}?span=${sent.turnSpanIds[0]}`)
    await page.waitForURL(`**/traces/${sent.traceId}?span=${sent.turnSpanIds[0]}`)
    await page.locator('.turn-card').first().waitFor()
  })

  it('says what is wrong when a call cannot be made', async () => {
    const page = await open('/talk')
    await page.getByRole('button', { name: 'Connect' }).click()
    await page.getByRole('heading', { name: 'The bot does not answer' }).waitFor()
    await page.getByText(/microphone is blocked|No microphone was found/).waitFor()
    await page.getByRole('button', { name: 'Connect again' }).waitFor()
  })

  it('names what is missing, and offers a way on', async () => {
    const page = await open(`/traces/tr-${'0'.repeat(32)}`)
    await page.getByRole('heading', { name: 'Not found' }).waitFor()
    for (const view of ['', '/sessions', '/runs', '/dashboard', '/review']) {
      await page.goto(`${app.url()}/experiments/987654${view}`)
      await page.getByRole('heading', { name: 'There is no such experiment' }).waitFor()
    }
    await page.locator('main').getByRole('link', { name: 'Experiments' }).waitFor()
    await page.goto(`${app.url()}/no/such/page`)
    await page.getByRole('heading', { name: 'There is no page here' }).waitFor()
  })

  it('fits a phone', async () => {
    const paths = [
      '/experiments',
      `/experiments/${experimentId}`,
      `/experiments/${experimentId}/sessions`,
      `/experiments/${experimentId}/runs`,
      `/experiments/${experimentId}/dashboard`,
      `/experiments/${experimentId}/review`,
      `/runs/${sent.runId}`,
    ]
    const page = await open('/experiments', narrow)
    for (const path of [...paths, `/traces/${sent.traceId}`, '/talk', '/connect']) {
      await page.goto(app.url() + path)
      await page.getByRole('navigation', { name: 'Main' }).last().waitFor()
      await page.waitForLoadState('load')
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      expect.soft(overflow, path).toBeLessThanOrEqual(0)
    }
  })

  it('says on a phone which experiment it is, with every view of it in reach', async () => {
    const page = await open(`/experiments/${experimentId}`, narrow)
    const name = page.locator('.crumbs b')
    await name.getByText('voice-bot', { exact: true }).waitFor()
    expect(await name.evaluate((element) => element.scrollWidth - element.clientWidth)).toBeLessThanOrEqual(0)
    const tabs = page.getByRole('navigation', { name: 'Views of the experiment' })
    expect(await tabs.evaluate((element) => element.scrollWidth - element.clientWidth)).toBeLessThanOrEqual(0)
  })

  it('shows the keys, and changes between light and dark', async () => {
    const page = await open('/experiments')
    await page.getByRole('heading', { name: 'Experiments' }).or(page.getByText('voice-bot')).first().waitFor()
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Show dark' }).first().click()
    await page.reload()
    await page.waitForFunction(() => document.documentElement.dataset.theme === 'dark')
  })

  const web: WebUnderTest = {
    ...app,
    experimentId: () => experimentId,
    open: (path, { viewport = wide, touch = false }: Partial<Screen> = {}) =>
      open(path, viewport, touch, (page) => page.emulateMedia({ colorScheme: 'light' })),
  }
  reviewTests(web)
  listTests(web)
  runTests(web)
  dashboardTests(web)
  largeTraceTests(web)
  longCallTests(web)
  bulkTests(web)
  experimentTests(web)
  zoomTests(web, () => sent.traceId)
  stateTests(web)
  accessibilityTests(
    web,
    () => sent.traceId,
    () => sent.runId,
  )
})
