import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startTrackingServer } from '@voxtrace/server/testing'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { recordCompatibility } from './product/compatibility.ts'

const python = process.env.VOXTRACE_PYTHON
const directory = join(import.meta.dirname, 'mlflow-python')

/** More versions of the client: paths of Pythons that have mlflow installed, separated by colons. */
const others = (process.env.VOXTRACE_MLFLOW_PYTHONS ?? '').split(':').filter((path) => path !== '')

/** Older clients report to MLflow from a thread that changes the environment under those that read it. */
const env = { ...process.env, MLFLOW_DISABLE_TELEMETRY: 'true' }
const areaResult = z.object({
  version: z.string(),
  area: z.string(),
  works: z.boolean().nullable(),
  note: z.string(),
})

test
  .skipIf(python === undefined)
  .concurrent(
    "MLflow's Python client does its whole work against the server (needs VOXTRACE_PYTHON, a Python with mlflow installed)",
    async () => {
      const server = await startTrackingServer()
      try {
        const { stdout } = await promisify(execFile)(
          python ?? '',
          [join(directory, 'check.py'), server.url],
          {
            cwd: server.directory,
            env,
          },
        )
        expect(stdout).toContain('all checks passed')
      } finally {
        await server.stop()
      }
    },
  )

describe
  .skipIf(python === undefined)
  .concurrent('what MLflow\u2019s Python client offers works, area by area', () => {
    test.each([python ?? '', ...others])('with the client of %s', async (interpreter) => {
      const server = await startTrackingServer()
      try {
        const { stdout } = await promisify(execFile)(interpreter, [join(directory, 'areas.py'), server.url], {
          cwd: server.directory,
          env,
        })
        const results = stdout
          .split('\n')
          .filter((line) => line.startsWith('{'))
          .map((line) => areaResult.parse(JSON.parse(line)))
        expect(results.filter(({ works }) => works === false)).toEqual([])
        expect(results.length).toBeGreaterThan(10)
        await recordCompatibility(
          results.map(({ version, area, works, note }) => ({
            client: 'MLflow, Python',
            version,
            area,
            works: works === true ? 'yes' : works === null ? 'not offered by the client' : 'no',
            note: works === null ? '' : note,
          })),
        )
      } finally {
        await server.stop()
      }
    })
  })
