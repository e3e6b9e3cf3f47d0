import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isErrno } from './binaries.ts'

/** What a running PostgreSQL says of itself in `postmaster.pid`. */
export interface Postmaster {
  pid: number
  port: number
  /** Where its Unix sockets are; empty when it has none. */
  socketDirectory: string
}

/** The live postmaster of a data directory, or null. A pid file whose process is gone or is another program counts as none. */
export async function findPostmaster(dataDirectory: string): Promise<Postmaster | null> {
  const lines = await readPidFile(dataDirectory)
  const pid = Number(lines?.[0])
  const port = Number(lines?.[3])
  if (!Number.isInteger(pid) || pid <= 1 || !(await isPostgres(pid, dataDirectory))) return null
  return { pid, port: Number.isInteger(port) ? port : 0, socketDirectory: lines?.[4] ?? '' }
}

/** Whether `postmaster.pid` names a process that lives but is not this directory's PostgreSQL (a recycled pid). */
export async function pidFileIsMisleading(dataDirectory: string): Promise<boolean> {
  const pid = Number((await readPidFile(dataDirectory))?.[0])
  return Number.isInteger(pid) && pid > 1 && isAlive(pid) && !(await isPostgres(pid, dataDirectory))
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return isErrno(error, 'EPERM')
  }
}

/** Whether a process is gone; one that ended and that nobody has collected yet counts as gone. */
export async function hasExited(pid: number): Promise<boolean> {
  return !isAlive(pid) || isZombie(pid)
}

/** Waits until a process is gone; false when it is still there after `timeoutMs`. */
export async function waitForExit(pid: number, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs
  while (!(await hasExited(pid))) {
    if (Date.now() > deadline) return false
    await sleep(25)
  }
  return true
}

/** When a process started, in the kernel's ticks, so that a recycled pid is told apart; empty where the system does not tell. */
export async function startTicks(pid: number): Promise<string> {
  return (await statFields(pid))?.[19] ?? ''
}

async function isZombie(pid: number): Promise<boolean> {
  return (await statFields(pid))?.[0] === 'Z'
}

/** The fields of /proc/PID/stat from the third (state) on; the second, a name in brackets, may hold anything. */
async function statFields(pid: number): Promise<string[] | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  return text === null ? null : text.slice(text.lastIndexOf(')') + 2).split(' ')
}

async function readPidFile(dataDirectory: string): Promise<string[] | null> {
  try {
    return (await readFile(join(dataDirectory, 'postmaster.pid'), 'utf8'))
      .split('\n')
      .map((line) => line.trim())
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null
    throw error
  }
}

async function isPostgres(pid: number, dataDirectory: string): Promise<boolean> {
  if (!isAlive(pid) || (await isZombie(pid))) return false
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => null)
  if (commandLine === null) return process.platform !== 'linux'
  return commandLine.split('\0').includes(dataDirectory)
}
