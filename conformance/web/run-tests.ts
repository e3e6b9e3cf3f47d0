import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { createExperiment, createRun, logMetric } from './sample-conversation.ts'
import type { WebUnderTest } from './web-under-test.ts'

/** The list of runs, the page of one, and runs side by side. */
export function runTests(web: WebUnderTest): void {
  const list = () => `/experiments/${web.experimentId()}/runs`

  it('shows the metrics and parameters of runs that one chooses, and keeps the choice in the address', async () => {
    const page = await web.open(list())
    const head = page.locator('.data-columns.head')
    await head.getByText('Voice to voice, ms').waitFor()
    await page.getByText('Columns').click()
    await page.getByLabel('llm.model').check()
    await page.getByLabel('Duration').uncheck()
    await head.getByText('llm.model').waitFor()
    await page.waitForURL(/columns=/)
    await page.reload()
    await head.getByText('llm.model').waitFor()
    expect(await head.getByText('Duration').count()).toBe(0)
    await page.getByText('Columns').click()
    await page.getByRole('button', { name: 'The usual ones' }).click()
    await head.getByText('Duration').waitFor()
  })

  it('finds one of very many metrics to show and to order by, and reads a chart once it is seen, and none of what was logged once', async () => {
    const experimentId = await createExperiment(web.url(), 'very many metrics')
    const runId = await createRun(web.url(), experimentId, Date.now())
    for (let at = 0; at < 120; at++) await logMetric(web.url(), runId, `layer_${at}`, at, 1)
    await logMetric(web.url(), runId, 'layer_0', 1, 2)
    await logMetric(web.url(), runId, 'accuracy', 0.996)
    const page = await web.open(`/experiments/${experimentId}/runs`)
    await page.getByText('Columns').click()
    const options = page.locator('.menu[open] label')
    await expect
      .poll(async () => (await options.allInnerTexts()).slice(-3, -1))
      .toEqual(['layer_118', 'layer_119'])
    const found = page.locator('.menu[open]').getByLabel('Find a column')
    await found.fill('layer_99')
    await expect.poll(() => options.count()).toBe(1)
    await page.getByLabel('layer_99').check()
    await page.keyboard.press('Escape')
    await page.getByText('Newest first', { exact: true }).click()
    await found.fill('layer_99')
    await page.locator('.menu[open]').getByRole('button', { name: 'layer_99' }).click()
    await page.getByText('1 run, by layer_99').waitFor()

    const read = new Set<string>()
    page.on('request', (request) => {
      const key = new URL(request.url()).searchParams.get('metric_key')
      if (key !== null) read.add(key)
    })
    await page.goto(`${web.url()}/runs/${runId}`)
    await page.getByRole('img', { name: 'layer_0 over 2 steps' }).waitFor()
    expect(read.size).toBeLessThan(60)
    const charts = page.locator('.metric-chart')
    await charts.last().scrollIntoViewIfNeeded()
    await charts.last().getByText('One value, of step 1').waitFor()
    expect(await page.getByRole('table').getByRole('row').allInnerTexts()).toEqual([
      expect.stringMatching(/Metric\s+Value/),
      expect.stringMatching(/accuracy\s+0\.996/),
    ])
    expect(read).not.toContain('accuracy')
  })

  it('offers the files of a run, folder by folder', async () => {
    const experimentId = await createExperiment(web.url(), 'files')
    const runId = await createRun(web.url(), experimentId, Date.now())
    for (const [path, text] of [
      ['notes.txt', 'It went well.'],
      ['model/MLmodel', 'flavors: {}'],
    ] as const) {
      const parameters = new URLSearchParams({ run_uuid: runId, path })
      const answer = await fetch(`${web.url()}/ajax-api/2.0/mlflow/upload-artifact?${parameters}`, {
        method: 'POST',
        body: text,
      })
      expect(answer.status).toBe(200)
    }
    const page = await web.open(`/runs/${runId}`)
    const fetched = page.waitForEvent('download')
    await page.getByRole('link', { name: 'notes.txt' }).click()
    expect(await readFile(await (await fetched).path(), 'utf8')).toBe('It went well.')
    await page.locator('summary', { hasText: 'model' }).click()
    await page.getByRole('listitem').filter({ hasText: 'MLmodel' }).getByText('11 B').last().waitFor()
  })

  it('orders runs by a metric and renames them, in the list and on the page of a run', async () => {
    const experimentId = await createExperiment(web.url(), 'runs to order')
    for (const [at, value] of [0.5, 0.9, 0.1].entries()) {
      const runId = await createRun(web.url(), experimentId, Date.now() - at * 1000)
      await logMetric(web.url(), runId, 'accuracy', value)
    }
    const page = await web.open(`/experiments/${experimentId}/runs`)
    const rows = page.getByRole('listitem')
    const head = page.locator('.data-columns.head')
    const values = () => rows.evaluateAll((all) => all.map((row) => /0\.\d/.exec(row.textContent ?? '')?.[0]))
    await head.getByRole('button', { name: 'accuracy' }).click()
    await page.waitForURL((url) => url.searchParams.get('order') === 'metrics.accuracy DESC')
    await expect.poll(values).toEqual(['0.9', '0.5', '0.1'])
    const sorted = (direction: string) =>
      head.locator(`th[aria-sort="${direction}"]`).getByRole('button', { name: 'accuracy' })
    await sorted('descending').click()
    await expect.poll(values).toEqual(['0.1', '0.5', '0.9'])
    await page.reload()
    await expect.poll(values).toEqual(['0.1', '0.5', '0.9'])
    await sorted('ascending').waitFor()

    await rows.first().hover()
    await rows.first().getByRole('checkbox').check()
    await page.getByRole('button', { name: 'Rename' }).click()
    await page.getByRole('dialog').locator('input:focus').waitFor()
    await page.keyboard.type('the worst')
    await page.keyboard.press('Enter')
    await rows.filter({ hasText: 'the worst' }).getByRole('link').click()
    await page.locator('.run-page').waitFor()
    await page.getByRole('button', { name: 'Rename' }).click()
    await page.getByRole('dialog', { name: 'Rename the worst' }).locator('input:focus').waitFor()
    await page.keyboard.type('the last')
    await page.keyboard.press('Enter')
    await page.locator('.crumbs').getByText('the last', { exact: true }).waitFor()
  })

  it('compares marked runs', async () => {
    const page = await web.open(list())
    const boxes = page.getByRole('checkbox', { name: /^Select (?!all)/ })
    await boxes.nth(1).waitFor()
    await boxes.nth(0).check()
    await boxes.nth(1).check()
    await page.getByRole('link', { name: 'Compare 2 runs' }).click()
    await page.getByRole('img', { name: /turn\.voice_to_voice_ms of 2 runs/ }).waitFor()
    await page.getByText('rag.similarity_top_k').or(page.getByText('All alike.').first()).first().waitFor()
  })
}
