import { once } from 'node:events'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { lastingPort } from '../packages/client/src/testing/lasting-port.ts'
import { newDirectory, type Product, startProduct, voxtrace } from './product/product.ts'

const withoutBot = ['--without', 'bot']

async function createRun(product: Product, name: string): Promise<string> {
  const response = await fetch(`${product.url}/api/2.0/mlflow/runs/create`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ experiment_id: '0', run_name: name }),
  })
  const body: { run: { info: { run_id: string } } } = await response.json()
  return body.run.info.run_id
}

async function runName(product: Product, runId: string): Promise<string | undefined> {
  const response = await fetch(`${product.url}/api/2.0/mlflow/runs/get?run_id=${runId}`)
  const body: { run?: { info: { run_name: string } } } = await response.json()
  return body.run?.info.run_name
}

/** One data directory through three starts: what each left is what the next finds. */
describe('voxtrace up', { shuffle: false }, () => {
  let product: Product

  beforeAll(async () => {
    product = await startProduct({ args: withoutBot })
  })

  test('prints where everything is', () => {
    expect(product.output()).toContain(`Web app              ${product.url}`)
    expect(product.output()).toContain(`MLFLOW_TRACKING_URI  ${product.url}`)
    expect(product.output()).toContain(`${product.url}/v1/traces`)
    expect(product.output()).toContain(product.dataDirectory)
  })

  test('status says that all is well', async () => {
    const { code, stdout } = await voxtrace(['status', '--data', product.dataDirectory])
    expect(stdout).toMatch(/server\s+running/)
    expect(stdout).toMatch(/judge\s+running/)
    expect(stdout).toMatch(
      /judging\s+\S.*; 0 turns wait, 0 are being judged, 0 failed; 0 conversations wait, 0 are being judged, 0 failed/,
    )
    expect(code).toBe(0)
  })

  test('logs prints what one service said', async () => {
    const { stdout } = await voxtrace(['logs', 'voxtrace', '--data', product.dataDirectory])
    expect(stdout).toContain('starts')
    expect(stdout).not.toMatch(/^\S+ server/m)
    const unknown = await voxtrace(['logs', 'severs', '--data', product.dataDirectory])
    expect(unknown.stderr).toContain('Allowed choices are server, judge, bot, database, voxtrace')
    expect(unknown.code).toBe(1)
  })

  test('a second start on the same directory is refused in one sentence', async () => {
    const { code, stderr } = await voxtrace([
      'up',
      '--data',
      product.dataDirectory,
      '--port',
      String(await lastingPort()),
    ])
    expect(code).toBe(1)
    expect(stderr).toContain(
      `in use by the Voxtrace that runs as process ${product.process.pid} at ${product.url}.`,
    )
    expect(stderr).not.toContain('    at ')
  })

  test.each(['server', 'judge', 'database'])(
    'a killed %s comes back, and nothing acknowledged is lost',
    async (service) => {
      const runId = await createRun(product, `before the end of ${service}`)
      const pid = product.servicePid(service)
      process.kill(pid, 'SIGKILL')
      await vi.waitFor(
        async () => {
          expect(product.servicePid(service)).not.toBe(pid)
          expect(await runName(product, runId)).toBe(`before the end of ${service}`)
          expect((await voxtrace(['status', '--data', product.dataDirectory])).code).toBe(0)
        },
        { timeout: 120_000, interval: 200 },
      )
    },
  )

  const startAgain = () => startProduct({ args: withoutBot, dataDirectory: product.dataDirectory })
  const servicePids = () => ['database', 'server', 'judge'].map((name) => product.servicePid(name))
  const expectEnded = (pids: number[]) => {
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow()
  }

  test('SIGTERM ends every process, and the next start has everything', async () => {
    const runId = await createRun(product, 'kept by SIGTERM')
    const pids = servicePids()
    expect(await product.stop()).toBe(0)
    expectEnded(pids)
    expect(readdirSync(product.dataDirectory)).not.toContain('voxtrace.lock')

    product = await startAgain()
    expect(await runName(product, runId)).toBe('kept by SIGTERM')
  })

  test('services of a supervisor that was killed end by themselves, and the next start has everything', async () => {
    const runId = await createRun(product, 'kept by SIGKILL')
    const pids = servicePids()
    product.process.kill('SIGKILL')
    await vi.waitFor(() => expectEnded(pids), { timeout: 60_000, interval: 50 })

    product = await startAgain()
    expect(await runName(product, runId)).toBe('kept by SIGKILL')
  })

  test('it ends with the program that started it, when that holds a channel to it', async () => {
    const pids = servicePids()
    product.process.disconnect()
    expect(await product.ended).toBe(0)
    expectEnded(pids)
  })
})

describe.concurrent('what a person must mend is one sentence, and the exit code is not 0', () => {
  const refused = async (args: string[], env: NodeJS.ProcessEnv = {}) => {
    const result = await voxtrace(['up', ...args], env)
    expect(result.code).toBe(1)
    expect(result.stderr).not.toContain('    at ')
    return result.stderr
  }

  test('a busy port', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const address = other.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const said = await refused(['--data', newDirectory(), '--port', String(port)])
    expect(said).toContain(`Port ${port} is in use by another program.`)
    other.close()
  })

  test('a data directory that cannot be written', async () => {
    const file = join(newDirectory(), 'file')
    writeFileSync(file, '')
    expect(await refused(['--data', join(file, 'data')])).toContain('cannot be written')
  })

  test('a database that cannot be reached', async () => {
    const port = await lastingPort()
    const said = await refused([
      '--data',
      newDirectory(),
      '--port',
      String(await lastingPort()),
      '--database-url',
      `postgresql://nobody:secret@127.0.0.1:${port}/none`,
    ])
    expect(said).toContain(`127.0.0.1:${port}`)
    expect(said).not.toContain('secret')
  })

  test('knowledge that is not there', async () => {
    const said = await refused(['--data', newDirectory(), '--knowledge', '/no/such/folder'])
    expect(said).toContain('There is no knowledge at /no/such/folder.')
  })

  test('a missing key', async () => {
    const said = await refused(['--data', newDirectory(), '--llm-model', 'gpt-4o'])
    expect(said).toContain('there is no key for it')
    expect(said).toContain('OPENAI_API_KEY')
  })

  test('a setting that does not exist', async () => {
    const directory = newDirectory()
    mkdirSync(directory, { recursive: true })
    writeFileSync(join(directory, 'voxtrace.json'), '{"prot": 5000}')
    expect(await refused(['--data', directory])).toContain('"prot", which is not a setting')
  })

  test('a flag that does not exist', async () => {
    const { code, stderr } = await voxtrace(['up', '--prot', '5000'])
    expect(code).toBe(1)
    expect(stderr).toContain("unknown option '--prot'")
  })

  test('a command that does not exist', async () => {
    const { code, stderr } = await voxtrace(['stauts'])
    expect(code).toBe(1)
    expect(stderr).toContain('there is no command "stauts". Commands: up, server')
  })
})

describe.concurrent('doctor', () => {
  test('finds nothing to mend on a machine that can run Voxtrace', async () => {
    const { code, stdout } = await voxtrace([
      'doctor',
      '--data',
      newDirectory(),
      '--port',
      String(await lastingPort()),
    ])
    expect(stdout).toContain('Everything that is needed is there.')
    expect(code).toBe(0)
  })

  test('says what to do about an endpoint that does not answer', async () => {
    const port = await lastingPort()
    const { code, stdout } = await voxtrace([
      'doctor',
      '--data',
      newDirectory(),
      '--port',
      String(await lastingPort()),
      '--llm-base-url',
      `http://127.0.0.1:${port}/v1`,
    ])
    expect(stdout).toContain('Check the base URL and the key')
    expect(code).toBe(1)
  })
})
