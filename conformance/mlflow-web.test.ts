import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { startTrackingServer, type TrackingServer } from '@voxtrace/server/testing'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chromiumPath, neededChromiumPath } from '../bench/caller/browser.ts'
import { type MlflowSite, startMlflowSite } from './mlflow-web/mlflow-site.ts'
import { recordCompatibility } from './product/compatibility.ts'
import { sendConversation, supportCall } from './web/sample-conversation.ts'

const build = process.env.VOXTRACE_MLFLOW_WEB
const canRun = chromiumPath() !== undefined && build !== undefined && existsSync(join(build, 'index.html'))

/** What MLflow's app asks that no server of MLflow's without accounts and assistant answers either. */
const absentEverywhere = /\/users\/current|\/assistant\//

describe.skipIf(!canRun)(
  "MLflow's own web app on this server (needs Chromium, and VOXTRACE_MLFLOW_WEB: mlflow/server/js/build of MLflow's wheel)",
  { shuffle: false },
  () => {
    let server: TrackingServer
    let site: MlflowSite
    let browser: Browser
    let page: Page
    let experimentId: string
    let runId: string
    let traceId: string
    const refused: string[] = []

    beforeAll(async () => {
      server = await startTrackingServer()
      site = await startMlflowSite(build ?? '', server.url)
      const post = async (path: string, body: unknown) => {
        const answer = await fetch(`${server.url}/api/${path}`, {
          method: 'POST',
          body: JSON.stringify(body),
          headers: { 'content-type': 'application/json' },
        })
        expect([path, answer.status]).toEqual([path, 200])
        return JSON.parse(await answer.text())
      }
      experimentId = (await post('2.0/mlflow/experiments/create', { name: 'voice-bot' })).experiment_id
      const run = (
        await post('2.0/mlflow/runs/create', { experiment_id: experimentId, run_name: 'first call' })
      ).run
      runId = run.info.run_id
      await post('2.0/mlflow/runs/log-batch', {
        run_id: runId,
        metrics: Array.from({ length: 20 }, (_, step) => ({
          key: 'loss',
          value: 1 / (step + 1),
          timestamp: step,
          step,
        })),
        params: [{ key: 'voice', value: 'slt' }],
      })
      const sent = await sendConversation(server.url, experimentId, {
        startMs: Date.now() - 60_000,
        turns: supportCall,
      })
      traceId = sent.traceId
      await post(`3.0/mlflow/traces/${traceId}/assessments`, {
        assessment: {
          assessment_name: 'judge.tone',
          source: { source_type: 'HUMAN', source_id: 'someone' },
          feedback: { value: 4 },
          rationale: 'Friendly throughout.',
        },
      })
      browser = await chromium.launch({
        executablePath: neededChromiumPath(),
        args: ['--no-sandbox', '--disable-gpu'],
      })
      page = await browser.newPage({ viewport: { width: 1500, height: 900 } })
      page.on('response', (response) => {
        const url = response.url().replace(site.url, '')
        if (response.status() >= 400 && !absentEverywhere.test(url)) {
          refused.push(`${response.status()} ${response.request().method()} ${url}`)
        }
      })
    })
    afterAll(async () => {
      await browser.close()
      await site.stop()
      await server.stop()
    })

    // One after the other in the app as it runs: what each shows, the one before it does not.
    const areas: [area: string, path: () => string, shown: RegExp][] = [
      ['experiments', () => '/experiments', /voice-bot/],
      ['charts of a run', () => `/experiments/${experimentId}/runs/${runId}/model-metrics`, /loss/],
      ['traces', () => `/experiments/${experimentId}/traces`, /\b1 of 1\b/],
      ['runs', () => `/experiments/${experimentId}/runs`, /first call/],
      ['a run', () => `/experiments/${experimentId}/runs/${runId}`, /\bslt\b/],
      [
        'a trace with its spans',
        () => `/experiments/${experimentId}/traces?selectedEvaluationId=${traceId}`,
        /turn/,
      ],
      [
        'assessments of a trace',
        () => `/experiments/${experimentId}/traces?selectedEvaluationId=${traceId}`,
        /judge\.tone/,
      ],
    ]

    it.each(areas)('shows %s, and nothing that it asks is refused', async (area, path, shown) => {
      const isThere = page.getByText(shown).first()
      if (area !== 'assessments of a trace') expect(await isThere.isVisible()).toBe(false)
      await page.goto(`${site.url}/#${path()}`)
      await isThere.waitFor({ state: 'visible', timeout: 120_000 })
      expect(refused.splice(0)).toEqual([])
      results.push({ client: "MLflow's web app", version: webVersion(), area, works: 'yes', note: '' })
      await recordCompatibility(results)
    })
  },
)

const results: Parameters<typeof recordCompatibility>[0] = []

/** The version that the wheel's metadata, beside the package, has in its name. */
function webVersion(): string {
  const packages = join(build ?? '', '..', '..', '..', '..')
  const metadata = readdirSync(packages).find((name) => /^mlflow-.*\.dist-info$/.test(name))
  return metadata?.replace(/^mlflow-(.*)\.dist-info$/, '$1') ?? ''
}
