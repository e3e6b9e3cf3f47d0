import { randomUUID } from 'node:crypto'
import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { VoxtraceError } from '@voxtrace/model'
import { isErrno } from './binaries.ts'
import { isAlive, startTicks } from './postmaster.ts'

/** Writes that this process is the one to stop the database. */
export async function claim(path: string): Promise<void> {
  await writeFile(path, await ownIdentity(), { mode: 0o600 })
}

/** Whether the process that a claim names still lives. A process may claim again what it holds itself. */
export async function isClaimed(path: string): Promise<boolean> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return ''
    throw error
  })
  return text !== '' && (await identityLives(text))
}

/**
 * Runs `work` while holding a lock file, so that two processes never prepare one directory at once. A lock left by
 * a process that was killed is taken over.
 *
 * @throws VoxtraceError when another process holds it for more than a minute
 */
export async function whileLocked<T>(path: string, work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + 60_000
  while (!(await tryLock(path))) {
    const holder = await readFile(path, 'utf8').catch(() => '')
    if (holder !== '' && !(await identityLives(holder))) {
      await rm(path, { force: true })
      continue
    }
    if (Date.now() > deadline) {
      throw new VoxtraceError(
        'TEMPORARILY_UNAVAILABLE',
        `Another process is preparing the database and did not finish within a minute (lock ${path}, held by process ${holder.split(' ')[0]}).`,
      )
    }
    await sleep(50)
  }
  try {
    return await work()
  } finally {
    await rm(path, { force: true })
  }
}

/** A link appears with its content, so that a lock never stands empty. */
async function tryLock(path: string): Promise<boolean> {
  const draft = `${path}.${process.pid}.${randomUUID()}`
  await writeFile(draft, await ownIdentity(), { mode: 0o600 })
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false
    throw error
  } finally {
    await rm(draft, { force: true })
  }
}

async function ownIdentity(): Promise<string> {
  return `${process.pid} ${await startTicks(process.pid)}`
}

async function identityLives(identity: string): Promise<boolean> {
  const [pid, ticks] = identity.split(' ')
  return isAlive(Number(pid)) && (ticks ?? '') === (await startTicks(Number(pid)))
}
