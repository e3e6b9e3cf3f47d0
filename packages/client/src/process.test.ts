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
function run(
  program: string,
  more: object = {},
): Promise<{ code: number | null; signal: string | null; stderr: string }> {
  const index = fileURLToPath(new URL('./index.ts', import.meta.url))
  const options = {
    trackingUri: server.uri,
    spillDirectory: join(directory, 'spill'),
    batchDelayMs: 5,
    // However long it takes to load what sends.
    exitDeadlineMs: 60_000,
    ...more,
  }
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

describe('a process that begins', () => {
  it("does not wait for OpenTelemetry's API, which sees its active span as soon as it is there", async () => {
    const ended = await run(`
      import assert from 'node:assert/strict'
      import { createRequire } from 'node:module'
      const { cache, resolve } = createRequire(import.meta.url)
      await client.withSpan(async (span) => {
        assert.notEqual(cache[resolve('@opentelemetry/api')]?.loaded, true)
        const { trace } = await import('@opentelemetry/api')
        assert.equal(trace.getActiveSpan().spanContext().spanId, span.spanId)
      }, { name: 'first' })
    `)
    expect(ended).toEqual({ code: 0, signal: null, stderr: '' })
    expect(server.spans.size).toBe(1)
  })

  it("is seen at once where OpenTelemetry's API was loaded before", async () => {
    const ended = await run(`
      import assert from 'node:assert/strict'
      import { trace } from '@opentelemetry/api'
      client.withSpan((span) => {
        assert.equal(trace.getActiveSpan().spanContext().spanId, span.spanId)
      }, { name: 'first' })
    `)
    expect(ended).toEqual({ code: 0, signal: null, stderr: '' })
  })
})

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

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'])(
    'by %s delivers first, and ends by it all the same',
    async (signal) => {
      const ended = await run(`
      client.startSpan({ name: 'last words' }).end()
      setInterval(() => {}, 1000)
      process.kill(process.pid, '${signal}')`)
      expect(ended).toEqual({ code: null, signal, stderr: '' })
      expect([...server.spans.values()].map((span) => span.name)).toEqual(['last words'])
    },
  )

  it('by a signal that the application handles itself is left to it', async () => {
    const ended = await run(`
      process.on('SIGTERM', async () => {
        while (client.stats().delivered.spans === 0) await new Promise((resolve) => setTimeout(resolve, 5))
        process.exit(7)
      })
      client.startSpan({ name: 'last words' }).end()
      setInterval(() => {}, 1000)
      process.kill(process.pid, 'SIGTERM')`)
    expect(ended.code).toBe(7)
    expect([...server.spans.values()].map((span) => span.name)).toEqual(['last words'])
  })

  it('by an uncaught exception delivers first, and ends as it would', async () => {
    const ended = await run(`
      client.startSpan({ name: 'last words' }).end()
      setTimeout(() => { throw new Error('the cause') })`)
    expect(ended.code).toBe(1)
    expect(ended.stderr).toContain('the cause')
    expect([...server.spans.values()].map((span) => span.name)).toEqual(['last words'])
  })

  it('by a signal while the server is down keeps to its deadline, and the next one delivers', async () => {
    await server.stop()
    const ended = await run(
      `
      client.startSpan({ name: 'last words' }).end()
      setInterval(() => {}, 1000)
      process.kill(process.pid, 'SIGTERM')`,
      { exitDeadlineMs: 200 },
    )
    expect(ended.signal).toBe('SIGTERM')
    await expectDeliveredByNext('last words')
  })

  it('by process.exit puts what is left on disk, and the next one delivers', async () => {
    await server.stop()
    const ended = await run(`
      client.startSpan({ name: 'first words' }).end()
      await client.flush()
      client.startSpan({ name: 'last words' }).end()
      process.exit(3)`)
    expect(ended).toEqual({ code: 3, signal: null, stderr: '' })
    await expectDeliveredByNext('first words', 'last words')
  })

  it('by process.exit with a directory that cannot be used ends all the same, and says what is lost', async () => {
    const ended = await run(
      `
      client.startSpan({ name: 'first words' }).end()
      await client.flush()
      client.startSpan({ name: 'last words' }).end()
      process.on('exit', () => console.error(JSON.stringify(client.stats().dropped.shutdown)))
      process.exit(3)`,
      { spillDirectory: '/proc/voxtrace' },
    )
    expect(ended).toEqual({ code: 3, signal: null, stderr: '{"spans":1,"metrics":0,"other":0}\n' })
  })

  it('by kill -9 has lost nothing that is in the journal', async () => {
    server.behave = () => ({ kind: 'silence' })
    const ended = await run(
      `
      client.startSpan({ name: 'journalled' }).end()
      while (client.stats().spillBytes === 0) await new Promise((resolve) => setTimeout(resolve, 5))
      process.kill(process.pid, 'SIGKILL')`,
      { journal: true, batchDelayMs: 60_000 },
    )
    expect(ended.signal).toBe('SIGKILL')
    server.behave = () => ({ kind: 'answer' })
    await server.stop()
    await expectDeliveredByNext('journalled')
  })

  async function expectDeliveredByNext(...names: string[]): Promise<void> {
    expect(await readdir(join(directory, 'spill'))).toHaveLength(1)
    await server.start()
    const next = createClient({ trackingUri: server.uri, spillDirectory: join(directory, 'spill') })
    await expect.poll(() => next.stats().delivered.spans).toBe(names.length)
    await next.shutdown()
    expect([...server.spans.values()].map((span) => span.name)).toEqual(names)
    expect(await readdir(join(directory, 'spill'))).toEqual([])
  }
})
