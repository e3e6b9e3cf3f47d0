import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { startTrackingServer } from './product/tracking-server.ts'

const python = process.env.VOXTRACE_PYTHON

test.skipIf(python === undefined)(
  "MLflow's Python client does its whole work against the server (needs VOXTRACE_PYTHON, a Python with mlflow installed)",
  async () => {
    const server = await startTrackingServer()
    try {
      const script = join(import.meta.dirname, 'mlflow-python', 'check.py')
      const { stdout } = await promisify(execFile)(python ?? '', [script, server.url], {
        cwd: server.directory,
      })
      expect(stdout).toContain('all checks passed')
    } finally {
      await server.stop()
    }
  },
  120_000,
)
