import { spawn } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createClient } from './index.ts'
import { MisbehavingServer } from './testing/misbehaving-server.ts'

let server: MisbehavingServer
let directory: string

beforeEach(async () => {
  server = await new MisbehavingServer().start()
  directory = await mkdtemp(join(tmpdir(), 'voxtrace-client-'))
})

afterEach(async () => {
  await server.stop()
  await rm(directory, { recursive: true, force: true })
})

/** Runs a program that has `client` at hand; resolves with how it ended. */
function run(program: string): Promise<{ code: number | null; signal: string | null; stderr: string }> {
  const index = fileURLToPath(new URL('./index.ts', import.meta.url))
  const options = { trackingUri: server.uri, spillDirectory: join(directory, 'spill'), batchDelayMs: 5 }
  const source = `
    import { createClient } from ${JSON.stringify(index)}
    const client = createClient(${JSON.stringify(options)})
    ${program}`
  const child = spawn(
    process.execPath,
    ['--conditions=@voxtrace/source', '--input-type=module-typescript', '-e', source],
    {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  )
  let stderr = ''
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  return new Promise((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, stderr }))
  })
}

describe('a process that ends', () => {
  it('by itself delivers what it recorded, and is not held up', async () => {
    const ended = await run(`client.startSpan({ name: 'last words' }).end()`)
    expect(ended).toEqual({ code: 0, signal: null, stderr: '' })
    expect([...server.spans.values()].map((span) => span.name)).toEqual(['last words'])
  })

  it('by itself while the server is down ends all the same, and the next one delivers', async () => {
    await server.stop()
    const ended = await run(`client.startSpan({ name: 'last words' }).end()`)
    expect(ended).toEqual({ code: 0, signal: null, stderr: '' })
    await expectDeliveredByNext('last words')
  })

  it('by kill -9 while the server is down leaves what it had spilled to the next one', async () => {
    await server.stop()
    const ended = await run(`
      client.startSpan({ name: 'before the kill' }).end()
      await client.flush()
      process.kill(process.pid, 'SIGKILL')`)
    expect(ended.signal).toBe('SIGKILL')
    await expectDeliveredByNext('before the kill')
  })

  async function expectDeliveredByNext(name: string): Promise<void> {
    expect(await readdir(join(directory, 'spill'))).toHaveLength(1)
    await server.start()
    const next = createClient({ trackingUri: server.uri, spillDirectory: join(directory, 'spill') })
    await expect.poll(() => next.stats().delivered.spans, { timeout: 5000 }).toBe(1)
    await next.shutdown()
    expect([...server.spans.values()].map((span) => span.name)).toEqual([name])
    expect(await readdir(join(directory, 'spill'))).toEqual([])
  }
})
