import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startJudge } from '@voxtrace/judge'
import { startTrackingServer } from '@voxtrace/server/testing'
import { silentLog } from '@voxtrace/store/testing'
import { expect, test } from 'vitest'
import { reply, startModelServer, verdictText } from '../packages/judge/src/testing/model-server.ts'

const python = process.env.VOXTRACE_PYTHON
const script = join(import.meta.dirname, 'mlflow-python', 'session_scores.py')

test.skipIf(python === undefined)(
  "MLflow's Python client finds what a judge says of a conversation on the session's first trace (needs VOXTRACE_PYTHON, a Python with mlflow installed)",
  async () => {
    const model = await startModelServer((_, response) => reply(response, { content: verdictText(4) }))
    const server = await startTrackingServer({ sessionQuietMs: 1_000 })
    const { databaseUrl } = server
    const judge = await startJudge({
      databaseUrl,
      llm: { baseUrl: model.baseUrl, model: 'fake-model' },
      log: silentLog,
    })
    try {
      const { stdout } = await promisify(execFile)(python ?? '', [script, server.url], {
        cwd: server.directory,
        env: { ...process.env, MLFLOW_DISABLE_TELEMETRY: 'true' },
      })
      const found: unknown[] = stdout
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line))
      const expected = ['of-one-trace', 'of-turns'].flatMap((session) =>
        ['judge.calm', 'judge.goal_completion', 'judge.retention'].map((name) => ({
          session,
          place: 0,
          name,
          value: 4,
          source: 'LLM_JUDGE',
          of: session,
        })),
      )
      expect(found).toHaveLength(expected.length)
      expect(found).toEqual(expect.arrayContaining(expected))
    } finally {
      await judge.close()
      await server.stop()
      await model.close()
    }
  },
)
