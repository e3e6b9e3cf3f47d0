import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { lastingPort } from '../../packages/client/src/testing/lasting-port.ts'

export interface MlflowServer {
  url: string
  stop(): Promise<void>
}

/** Starts MLflow's own server on an empty store of its own; resolves when it answers. */
export async function startMlflow(
  python: string,
  store: 'sqlite' | 'files' = 'sqlite',
): Promise<MlflowServer> {
  const directory = await mkdtemp(join(tmpdir(), 'voxtrace-mlflow-server-'))
  const port = await lastingPort()
  const url = `http://127.0.0.1:${port}`
  const options = {
    'backend-store-uri': store === 'sqlite' ? `sqlite:///${directory}/mlflow.db` : join(directory, 'runs'),
    'artifacts-destination': join(directory, 'files'),
    host: '127.0.0.1',
    port: String(port),
    workers: '1',
  }
  const child = spawn(
    python,
    ['-m', 'mlflow', 'server', ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])],
    {
      cwd: directory,
      // Its workers are processes of their own, and end with the group.
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        ...process.env,
        MLFLOW_DISABLE_TELEMETRY: 'true',
        MLFLOW_ALLOW_FILE_STORE: 'true',
        // Jobs, which nothing here asks for, run in processes of their own.
        MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
      },
    },
  )
  let output = ''
  child.stderr.on('data', (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-4000)
  })
  const ended = once(child, 'exit')
  const stop = async () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
    await ended
    await rm(directory, { recursive: true, force: true })
  }
  while (!(await answers(url))) {
    if (child.exitCode !== null) throw new Error(`MLflow's server ended before it answered:\n${output}`)
    await sleep(100)
  }
  return { url, stop }
}

async function answers(url: string): Promise<boolean> {
  return fetch(`${url}/health`).then(
    (answer) => answer.ok,
    () => false,
  )
}
