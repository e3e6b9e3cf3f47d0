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
  readonly #onError: (error: unknown) => void
  #heartbeat: NodeJS.Timeout | null = null

  constructor(parent: string, onError: (error: unknown) => void) {
    this.#parent = parent
    this.#onError = onError
    this.#name = [hostLabel(), process.pid, processStart(process.pid), randomBytes(6).toString('hex')].join(
      '-',
    )
    this.path = join(parent, `own-${this.#name}`)
  }

  async create(): Promise<void> {
    await makeDirectory(this.path)
    this.#startHeartbeat()
  }

  /**
   * Takes over the directories nobody owns any more; tells whether there were any. The first becomes this one, and the
   * others go into it, since a full disk has no room for a new directory and is only emptied by those that are there.
   */
  async adopt(): Promise<boolean> {
    for (const name of await readdir(this.#parent)) {
      const path = join(this.#parent, name)
      if (!name.startsWith('left-') && !(name.startsWith('own-') && (await isGone(path, name)))) continue
      const isFirst = this.#heartbeat === null
      const target = isFirst ? this.path : join(this.path, `adopted-${randomBytes(6).toString('hex')}`)
      if ((await touched(path)) && (await renamed(path, target))) this.#startHeartbeat()
    }
    return this.#heartbeat !== null
  }

  #startHeartbeat(): void {
    if (this.#heartbeat !== null) return
    const beat = async () => {
      try {
        // When it is gone, it was empty and removed, or another host took this one for gone.
        if (!(await touched(this.path))) this.stop()
      } catch (error) {
        this.#onError(error)
      }
    }
    this.#heartbeat = setInterval(() => void beat(), heartbeatMs)
    this.#heartbeat.unref()
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
    if (!isMissing(error) || dirname(path) === path || (await unlessMissing(stat(dirname(path))))) throw error
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

function renamed(from: string, to: string): Promise<boolean> {
  return unlessMissing(rename(from, to))
}

/** Shows that a directory has an owner. */
function touched(path: string): Promise<boolean> {
  const now = new Date()
  return unlessMissing(utimes(path, now, now))
}

/** False when what a call speaks of is not there. */
async function unlessMissing(call: Promise<unknown>): Promise<boolean> {
  try {
    await call
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
