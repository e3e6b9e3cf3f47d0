import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startServer } from '@voxtrace/server'
import { createTestDatabase, silentLog } from '@voxtrace/store/testing'
import { expect, test } from 'vitest'

const python = process.env.VOXTRACE_PYTHON

test.skipIf(python === undefined)(
  "MLflow's Python client does its whole work against the server (needs VOXTRACE_PYTHON, a Python with mlflow installed)",
  async () => {
    const database = await createTestDatabase()
    const directory = await mkdtemp(join(tmpdir(), 'voxtrace-conformance-'))
    const server = await startServer({
      host: '127.0.0.1',
      port: 0,
      databaseUrl: database.databaseUrl,
      artifactDirectory: directory,
      webDirectory: null,
      botUrl: null,
      version: 'test',
      log: silentLog,
    })
    try {
      const script = join(import.meta.dirname, 'mlflow-python', 'check.py')
      const { stdout } = await promisify(execFile)(python ?? '', [script, server.url], { cwd: directory })
      expect(stdout).toContain('all checks passed')
    } finally {
      await server.close()
      await database.drop()
      await rm(directory, { recursive: true, force: true })
    }
  },
  120_000,
)
