import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { mkdir, readdir, rename, stat, utimes } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'

/**
 * Each client writes into a directory of its own inside the shared one, so that several processes never write one
 * file. Its name says who owns it: `own-<host>-<pid>-<start of the process>-<random>`. A directory whose owner is
 * gone, or that was left (`left-…`), is adopted by renaming it, which only one process succeeds in.
 *
 * An owner touches its directory every few seconds. One on another host is taken for gone when that was not seen to happen
 * for a while. What the time of the directory is says nothing, since the clocks of two hosts may differ by any amount.
 */
const heartbeatMs = 10_000
/** Longer than the minute for which a client of NFS may answer with what it read before. */
const silentMs = 90_000

interface OtherDirectory {
  /** When it says that it was touched. */
  touchedMs: number
  /** Since when it says so, by a clock of this process that nobody sets. */
  sinceMs: number
}

export class OwnedDirectory {
  readonly path: string
  readonly #parent: string
  readonly #name: string
  readonly #onError: (error: unknown) => void
  #heartbeat: NodeJS.Timeout | null = null
  /** Directories of other hosts, by name. */
  #others = new Map<string, OtherDirectory>()

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

  /** Whether there are directories whose owners, on other hosts, may be alive. */
  get hasOthers(): boolean {
    return this.#others.size > 0
  }

  /**
   * Takes over the directories nobody owns any more; gives where they are now. The first becomes this one, and the others
   * go into it, since a full disk has no room for a new directory and is only emptied by those that are there.
   */
  async adopt(): Promise<string[]> {
    const before = this.#others
    this.#others = new Map()
    const adopted: string[] = []
    for (const name of await readdir(this.#parent)) {
      const path = join(this.#parent, name)
      if (path === this.path || !(await this.#isLeft(path, name, before))) continue
      const target = existsSync(this.path)
        ? join(this.path, `adopted-${randomBytes(6).toString('hex')}`)
        : this.path
      if (!(await touched(path)) || !(await renamed(path, target))) continue
      this.#startHeartbeat()
      if (!adopted.includes(this.path)) adopted.push(target)
    }
    return adopted
  }

  async #isLeft(path: string, name: string, before: ReadonlyMap<string, OtherDirectory>): Promise<boolean> {
    if (name.startsWith('left-')) return true
    const [, host, pid, start] = /^own-([^-]*)-(\d+)-(\d+)-[0-9a-f]+$/.exec(name) ?? []
    if (host === undefined) return false
    if (host === hostLabel()) return processStart(Number(pid)) !== start
    const touchedMs = await touchedAt(path)
    if (touchedMs === null) return false
    const seen = before.get(name)
    const other = seen?.touchedMs === touchedMs ? seen : { touchedMs, sinceMs: performance.now() }
    if (performance.now() - other.sinceMs >= silentMs) return true
    this.#others.set(name, other)
    return false
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

/** Where tests run in a realm of their own, the errors of Node's modules are of another. */
function hasCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code
}

/** What a directory says of when it was touched; null when it is not there any more. */
async function touchedAt(path: string): Promise<number | null> {
  try {
    return (await stat(path)).mtimeMs
  } catch (error) {
    if (isMissing(error)) return null
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
