import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { exportSpans, newSpanId, newTraceId } from './otlp-spans.ts'
import { createExperiment, createRun } from './sample-conversation.ts'
import type { WebUnderTest } from './web-under-test.ts'

/** What is done to many sessions, runs and traces at once. */
export function bulkTests(web: WebUnderTest): void {
  it('tags, exports and deletes the traces of a session, and shows the columns that one chooses', async () => {
    const experimentId = await createExperiment(web.url(), 'sessions in bulk')
    for (const session of ['s-kept', 's-gone', 's-gone']) {
      await exportSpans(web.url(), { traceId: newTraceId(), experimentId }, [
        {
          spanId: newSpanId(),
          name: 'call',
          startMs: Date.now() - 1000,
          endMs: Date.now(),
          attributes: { 'session.id': session },
        },
      ])
    }
    const page = await web.open(`/experiments/${experimentId}/sessions?columns=session,first`)
    await page.locator('.data-row').nth(1).waitFor()
    expect(await page.locator('.data-columns.head > th[scope]').allInnerTexts()).toEqual(['Session', 'First'])
    await page.getByText('Columns').click()
    await page.getByLabel('Cost').check()
    await page.waitForURL(/columns=session%2Ccost%2Cfirst/)

    await page.getByRole('checkbox', { name: 'Select the session s-gone' }).check()
    await page.getByText('1 session selected').waitFor()
    await page.getByRole('button', { name: 'Tag', exact: true }).click()
    await page.getByLabel('Tag', { exact: true }).fill('reviewed')
    await page.getByLabel('Value').fill('yes')
    await page.getByRole('button', { name: 'Set' }).click()
    await page.getByText('reviewed set on 1 session.').waitFor()
    const lines = (await downloaded(page, 'Export')).trim().split('\n')
    expect(lines.map((line) => JSON.parse(line).info.tags.reviewed)).toEqual(['yes', 'yes'])
    await page.getByRole('button', { name: 'Delete' }).click()
    await page
      .getByRole('dialog', { name: 'Delete 1 session?' })
      .getByRole('button', { name: 'Delete' })
      .click()
    await page.getByText('1 session deleted.').waitFor()
    await page.getByText('s-gone').waitFor({ state: 'detached' })
    expect(await page.locator('.data-row').count()).toBe(1)
  })

  it('deletes runs, takes that back, lists what was deleted, restores it, and exports a table', async () => {
    const experimentId = await createExperiment(web.url(), 'runs in bulk')
    for (let at = 0; at < 3; at++) await createRun(web.url(), experimentId, Date.now() - at * 1000)
    const page = await web.open(`/experiments/${experimentId}/runs`)
    const rows = page.locator('.data-row')
    await rows.nth(2).waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('x')
    await page.keyboard.press('j')
    await page.keyboard.press('Shift+X')
    await page.getByText('2 runs selected').waitFor()
    expect((await downloaded(page, 'Export CSV')).split('\r\n')).toMatchObject(
      [/^run_id,run_name,status/, /RUNNING|FINISHED/, /RUNNING|FINISHED/, ''].map((line) =>
        typeof line === 'string' ? line : expect.stringMatching(line),
      ),
    )
    const confirm = async () => {
      await page.getByRole('button', { name: 'Delete', exact: true }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
      await page.getByText('2 runs deleted.').waitFor()
      await expect.poll(() => rows.count()).toBe(1)
    }
    await confirm()
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByText('2 runs restored.').waitFor()
    await expect.poll(() => rows.count()).toBe(3)

    await page.keyboard.press('j')
    for (const box of [0, 1]) await rows.nth(box).getByRole('checkbox').check()
    await confirm()
    await page.getByRole('button', { name: 'Deleted' }).click()
    await page.waitForURL(/stage=deleted/)
    await expect.poll(() => rows.count()).toBe(2)
    await page.getByLabel('Select all that are loaded').check()
    await page.getByRole('button', { name: 'Restore' }).click()
    await page.getByText('2 runs restored.').waitFor()
    await page.getByRole('heading', { name: 'No deleted runs' }).waitFor()
  })

  it('does to all that match what is done to more than is loaded, and keeps selected what it failed for', async () => {
    const experimentId = await createExperiment(web.url(), 'more than is loaded')
    for (let at = 0; at < 104; at++) {
      await exportSpans(web.url(), { traceId: newTraceId(), experimentId }, [
        { spanId: newSpanId(), name: `trace ${at}`, startMs: Date.now() - at * 1000, endMs: Date.now() },
      ])
    }
    const page = await web.open(`/experiments/${experimentId}`)
    await page.getByRole('listitem').first().waitFor()
    await page.getByLabel('Select all that are loaded').check()
    await page.getByText('100 traces selected').waitFor()
    await page.getByRole('button', { name: 'Select all that match' }).click()
    await page.getByText('104 traces selected').waitFor()

    let refused = 0
    await page.route('**/tags', (route) =>
      refused++ < 2
        ? route.fulfill({
            status: 503,
            json: { error_code: 'TEMPORARILY_UNAVAILABLE', message: 'Too busy.' },
          })
        : route.continue(),
    )
    await page.getByRole('button', { name: 'Tag', exact: true }).click()
    await page.getByLabel('Tag', { exact: true }).fill('seen')
    await page.getByRole('button', { name: 'Set' }).click()
    await page.getByText('seen set on 102 traces. Failed for 2, which stay selected: Too busy.').waitFor()
    await page.getByText('2 traces selected').waitFor()
    await page.getByRole('button', { name: 'Select all that match' }).click()
    await page.getByText('104 traces selected').waitFor()
    await page.getByRole('button', { name: 'Delete' }).click()
    await page
      .getByRole('dialog', { name: 'Delete 104 traces?' })
      .getByRole('button', { name: 'Delete' })
      .click()
    await page.getByText('104 traces deleted.').waitFor()
    await page.getByRole('heading', { name: 'No traces yet' }).waitFor()
  })
}

async function downloaded(page: Page, button: string): Promise<string> {
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: button, exact: true }).click()
  return readFile(await (await download).path(), 'utf8')
}
