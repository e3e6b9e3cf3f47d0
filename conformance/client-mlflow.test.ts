import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient, MlflowClient } from '@voxtrace/client'
import { afterAll, describe, expect, it } from 'vitest'

const python = process.env.VOXTRACE_PYTHON
const running: ChildProcess[] = []
const directories: string[] = []

afterAll(async () => {
  for (const child of running) {
    const ended = new Promise((resolve) => child.once('close', resolve))
    // The server runs workers in its process group.
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    await ended
  }
  for (const directory of directories) await rm(directory, { recursive: true, force: true })
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** A real MLflow server with its own store, ready to answer. */
async function startMlflow(store: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'voxtrace-mlflow-'))
  directories.push(directory)
  const port = await freePort()
  const backend = store === 'sqlite' ? `sqlite:///${join(directory, 'mlflow.db')}` : join(directory, 'runs')
  const args = ['-m', 'mlflow', 'server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1']
  const child = spawn(
    python ?? '',
    [...args, '--backend-store-uri', backend, '--artifacts-destination', join(directory, 'artifacts')],
    {
      cwd: directory,
      detached: true,
      stdio: 'ignore',
      env: { ...process.env, MLFLOW_DISABLE_TELEMETRY: 'true', MLFLOW_ALLOW_FILE_STORE: 'true' },
    },
  )
  running.push(child)
  const url = `http://127.0.0.1:${port}`
  const isReady = () =>
    fetch(`${url}/health`).then(
      (response) => response.ok,
      () => false,
    )
  await expect.poll(isReady, { timeout: 120_000, interval: 250 }).toBe(true)
  return url
}

describe.skipIf(python === undefined).concurrent.each([
  ['sqlite', 'which takes spans as OTLP'],
  ['files', 'which keeps spans among the artifacts'],
])("MLflow's own server with a store in %s, %s (needs VOXTRACE_PYTHON)", (store: string) => {
  it('keeps what the client records, and gives it back', async () => {
    const url = await startMlflow(store)
    const client = createClient({
      trackingUri: url,
      experimentName: 'voice',
      announceDelayMs: 20,
      handleExit: false,
    })
    const conversation = client.conversation({ sessionId: 's-1', userId: 'ada' })
    const turn = conversation.turn({ userText: 'Why?' })
    await new Promise((resolve) => setTimeout(resolve, 300))
    const call = turn.startSpan({
      name: 'llm_generation',
      spanType: 'CHAT_MODEL',
      inputs: { messages: ['Why?'] },
    })
    call.recordException(new Error('slow'))
    call.end({ outputs: { response: 'Because.' } })
    turn.logMetric('llm.ttft_ms', 12.5)
    turn.end({ agentText: 'Because.' })
    conversation.end()
    await client.flush()
    client.logFeedback({ traceId: conversation.span.traceId, name: 'tone', value: 4, rationale: 'kind' })
    client.logExpectation({ traceId: conversation.span.traceId, name: 'answer', value: 'Because.' })
    await client.flush()
    await client.shutdown()
    expect(client.stats().dropped.refused).toEqual({ spans: 0, metrics: 0, other: 0 })
    expect(client.stats().delivered.spans).toBe(3)

    const mlflow = new MlflowClient({ trackingUri: url })
    const trace = await mlflow.getTrace(conversation.span.traceId)
    expect(trace.info).toMatchObject({
      state: 'OK',
      responsePreview: 'Because.',
      traceMetadata: {
        'mlflow.trace.session': 's-1',
        'mlflow.trace.user': 'ada',
        'mlflow.sourceRun': conversation.run.runId,
      },
    })
    const byName = new Map(trace.data.spans.map((span) => [span.name, span]))
    expect([...byName.keys()].sort()).toEqual(['conversation', 'llm_generation', 'turn'])
    expect(byName.get('llm_generation')).toMatchObject({
      parentId: turn.span.spanId,
      spanType: 'CHAT_MODEL',
      inputs: { messages: ['Why?'] },
      outputs: { response: 'Because.' },
      events: [{ name: 'exception' }],
    })
    expect(byName.get('turn')?.parentId).toBe(conversation.span.spanId)
    const experimentId = await mlflow.getExperimentId('voice')
    const found = await mlflow.searchTraces({ experimentIds: [experimentId ?? ''], filter: "status = 'OK'" })
    expect(found.traces.map((info) => info.traceId)).toEqual([conversation.span.traceId])
    expect(found.traces[0]?.assessments).toHaveLength(2)
  }, 180_000)
})
