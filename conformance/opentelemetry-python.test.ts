import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { startTrackingServer } from './product/tracking-server.ts'

const python = process.env.VOXTRACE_PYTHON

test.skipIf(python === undefined)(
  "OpenTelemetry's Python exporter is understood, and its service becomes an experiment (needs VOXTRACE_PYTHON)",
  async () => {
    const server = await startTrackingServer()
    const get = async (path: string) => (await fetch(`${server.url}${path}`)).json()
    try {
      const script = join(import.meta.dirname, 'opentelemetry-python', 'check.py')
      const { stdout } = await promisify(execFile)(python ?? '', [script, server.url])
      const trace = await get(`/api/voxtrace/traces/${stdout.trim()}`)
      const spans: { name: string; events: { name: string }[] }[] = trace.spans
      expect(spans.map(({ name }) => name).sort()).toEqual(['chat small-model', 'request'])
      expect(spans.find(({ name }) => name.startsWith('chat'))?.events).toMatchObject([
        { name: 'first token' },
      ])
      expect(trace.info.state).toBe('OK')
      expect(JSON.parse(trace.info.metadata['mlflow.trace.tokenUsage'])).toMatchObject({ total_tokens: 12 })
      const { experiment } = await get('/api/2.0/mlflow/experiments/get-by-name?experiment_name=python-agent')
      expect(trace.info.experimentId).toBe(experiment.experiment_id)
    } finally {
      await server.stop()
    }
  },
  60_000,
)
