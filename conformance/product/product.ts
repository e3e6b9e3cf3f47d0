import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'
import { lastingPort } from '../../packages/client/src/testing/lasting-port.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const program = ['--conditions=@voxtrace/source', join(root, 'packages/cli/src/bin.ts')]

/** What a test file has started and made; both go when it is over, whatever became of its tests. */
const running = new Map<ChildProcess, Promise<unknown>>()
const directories: string[] = []
afterAll(async () => {
  for (const child of running.keys()) child.kill('SIGTERM')
  await Promise.all(running.values())
  await Promise.all(directories.map((path) => rm(path, { recursive: true, force: true })))
})

const codeCache = join(root, '.cache', 'code')
/** Shorter than what tests wait for their set-up, so that a product that does not start is ended and shows its words. */
const longestStartMs = 150_000

/** What the product's own variables of the machine would change, left out. */
function cleanEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(VOXTRACE|MLFLOW|OPENAI|OTEL)_/.test(name))
  return { ...Object.fromEntries(kept), NO_COLOR: '1', NODE_COMPILE_CACHE: codeCache, ...env }
}

export interface CommandResult {
  code: number | null
  stdout: string
  stderr: string
}

/** Runs `voxtrace` with the arguments to its end, for at most two minutes. */
export async function voxtrace(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<CommandResult> {
  const child = spawn(process.execPath, [...program, ...args], {
    env: cleanEnvironment(env),
    timeout: 120_000,
  })
  const result: CommandResult = { code: null, stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => {
    result.stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    result.stderr += chunk
  })
  const [code] = await once(child, 'close')
  result.code = code
  return result
}

/** The whole product, started as a user starts it. */
export interface Product {
  url: string
  dataDirectory: string
  process: ChildProcess
  /** Everything it has printed. */
  output(): string
  /**
   * The process number of a service, as `voxtrace status` knows it.
   *
   * @throws Error when it does not run at the moment
   */
  servicePid(name: string): number
  /** Resolves with its exit code when it has ended. */
  ended: Promise<number | null>
  /** Ends it with SIGTERM and resolves with its exit code. */
  stop(): Promise<number | null>
}

export interface ProductOptions {
  args?: readonly string[]
  env?: NodeJS.ProcessEnv
  /** An existing directory; a new empty one otherwise. */
  dataDirectory?: string
  port?: number
}

/** Starts `voxtrace up` and resolves when it has printed where everything is. */
export async function startProduct(options: ProductOptions = {}): Promise<Product> {
  const dataDirectory = options.dataDirectory ?? newDirectory()
  const port = options.port ?? (await lastingPort())
  const url = `http://127.0.0.1:${port}`
  const child = spawn(
    process.execPath,
    [...program, 'up', '--data', dataDirectory, '--port', String(port), ...(options.args ?? [])],
    // Over the channel it notices the end of this process, however that comes, and ends too.
    { env: cleanEnvironment(options.env ?? {}), stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
  )
  let text = ''
  const exited = once(child, 'exit').then(([code]): number | null => {
    running.delete(child)
    return code
  })
  running.set(child, exited)
  const ready = Promise.withResolvers<void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      text += chunk
      if (text.includes('Ctrl-C stops everything')) ready.resolve()
    })
  }
  exited.then(() => ready.reject(new Error(`voxtrace ended before it was ready:\n${text}`)))
  const late = setTimeout(() => {
    child.kill('SIGTERM')
    ready.reject(new Error(`voxtrace was not ready after ${longestStartMs / 1000} s:\n${text}`))
  }, longestStartMs)
  await ready.promise.finally(() => clearTimeout(late))
  return {
    url,
    dataDirectory,
    process: child,
    output: () => text,
    servicePid(name) {
      const state: { services: { name: string; pid: number | null }[] } = JSON.parse(
        readFileSync(join(dataDirectory, 'state.json'), 'utf8'),
      )
      const pid = state.services.find((service) => service.name === name)?.pid
      if (typeof pid !== 'number') throw new Error(`There is no process of ${name}.`)
      return pid
    },
    ended: exited,
    stop() {
      if (running.has(child)) child.kill('SIGTERM')
      return exited
    },
  }
}

/** A new empty directory that only this user may enter. */
export function newDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'voxtrace-product-'))
  directories.push(path)
  return path
}
