import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { mkdir, readdir, rename, stat, utimes } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'

/**
 * Each client writes into a directory of its own inside the shared one, so that several processes never write one
 * file. Its name says who owns it: `own-<host>-<pid>-<start of the process>-<random>`. A directory whose owner is
 * gone, or that was left (`left-…`), is adopted by renaming it, which only one process succeeds in.
 */
const heartbeatMs = 10_000
/** An owner on another host is taken for gone when it has not been heard of for this long. */
const silentMs = 60_000

export class OwnedDirectory {
  readonly path: string
  readonly #parent: string
  readonly #name: string
  #heartbeat: NodeJS.Timeout | null = null

  constructor(parent: string) {
    this.#parent = parent
    this.#name = [hostLabel(), process.pid, processStart(process.pid), randomBytes(6).toString('hex')].join(
      '-',
    )
    this.path = join(parent, `own-${this.#name}`)
  }

  async create(): Promise<void> {
    await makeDirectory(this.path)
    if (this.#heartbeat !== null) return
    this.#heartbeat = setInterval(() => {
      const now = new Date()
      utimes(this.path, now, now).catch(() => this.stop())
    }, heartbeatMs)
    this.#heartbeat.unref()
  }

  /** Takes over the directories nobody owns any more; gives their paths inside this one. */
  async adopt(): Promise<string[]> {
    const adopted: string[] = []
    for (const name of await readdir(this.#parent)) {
      const path = join(this.#parent, name)
      if (!name.startsWith('left-') && !(name.startsWith('own-') && (await isGone(path, name)))) continue
      await this.create()
      const target = join(this.path, `adopted-${randomBytes(6).toString('hex')}`)
      if (await renamed(path, target)) adopted.push(target)
    }
    return adopted
  }

  /** Marks the directory as one that anybody may adopt. */
  async leave(): Promise<void> {
    this.stop()
    await renamed(this.path, join(this.#parent, `left-${this.#name}`))
  }

  stop(): void {
    if (this.#heartbeat !== null) clearInterval(this.#heartbeat)
    this.#heartbeat = null
  }
}

/** Like `mkdir -p`. Node's own recursive `mkdir` never returns on file systems such as /proc. */
export async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return
    if (!isMissing(error) || dirname(path) === path || (await exists(dirname(path)))) throw error
    await makeDirectory(dirname(path))
    await makeDirectory(path)
  }
}

/** The same, without waiting for anything. */
export function makeDirectoryNow(path: string): void {
  try {
    mkdirSync(path)
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return
    if (!isMissing(error) || dirname(path) === path || existsSync(dirname(path))) throw error
    makeDirectoryNow(dirname(path))
    makeDirectoryNow(path)
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}

async function renamed(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to)
    return true
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}

export function isMissing(error: unknown): boolean {
  return hasCode(error, 'ENOENT')
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

async function isGone(path: string, name: string): Promise<boolean> {
  const parts = /^own-([^-]*)-(\d+)-(\d+)-[0-9a-f]+$/.exec(name)
  if (parts === null) return false
  const [, host, pid, start] = parts
  if (host === hostLabel()) return processStart(Number(pid)) !== start
  try {
    return Date.now() - (await stat(path)).mtimeMs > silentMs
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}

function hostLabel(): string {
  return hostname().replace(/[^A-Za-z0-9.]/g, '_')
}

/** When a process began, so that a reused pid is told apart; '0' where the system does not say, '' when it is gone. */
function processStart(pid: number): string {
  if (process.platform === 'linux') {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)/s, '').trim().split(' ')
      return fields[19] ?? '0'
    } catch (error) {
      if (isMissing(error)) return ''
    }
  }
  try {
    process.kill(pid, 0)
    return '0'
  } catch (error) {
    return hasCode(error, 'ESRCH') ? '' : '0'
  }
}
