import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { UserError } from '../user-error.ts'

const holderSchema = z.object({
  pid: z.number().int(),
  /** When the process began, in the kernel's ticks since boot; null where the system does not tell. */
  startTicks: z.string().nullable(),
})
type Holder = z.infer<typeof holderSchema>

/**
 * Holds a data directory for this process. A lock whose process has died is taken over.
 *
 * Errors: `UserError` when a living process holds it; `place` tells where that one is reached, if it does.
 */
export function holdLock(
  path: string,
  describe: string,
  place: () => string | null = () => null,
): { release(): void } {
  const own: Holder = { pid: process.pid, startTicks: startTicks(process.pid) }
  const proposal = `${path}.${process.pid}`
  writeFileSync(proposal, JSON.stringify(own), { mode: 0o600 })
  try {
    for (;;) {
      try {
        linkSync(proposal, path)
        break
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
      }
      const holder = readHolder(path)
      if (holder && isAlive(holder)) {
        const url = place()
        throw new UserError(
          `${describe} is in use by the Voxtrace that runs as process ${holder.pid}${url ? ` at ${url}` : ''}.`,
          'Stop that one first, or choose another directory with --data DIR. `voxtrace status` shows what runs.',
        )
      }
      setAside(path, holder)
    }
  } finally {
    rmSync(proposal, { force: true })
  }
  return {
    release() {
      if (readHolder(path)?.pid === process.pid) rmSync(path, { force: true })
    },
  }
}

/** The living process that holds the lock, or null. */
export function lockHolder(path: string): number | null {
  const holder = readHolder(path)
  return holder && isAlive(holder) ? holder.pid : null
}

/** Renaming first makes sure that of two processes that find the same dead lock only one removes it. */
function setAside(path: string, dead: Holder | null): void {
  const aside = `${path}.dead.${process.pid}`
  try {
    renameSync(path, aside)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return
    throw error
  }
  const moved = readHolder(aside)
  if (moved && isAlive(moved) && moved.pid !== dead?.pid) linkSync(aside, path)
  rmSync(aside, { force: true })
}

function readHolder(path: string): Holder | null {
  try {
    return holderSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return null
  }
}

function isAlive(holder: Holder): boolean {
  try {
    process.kill(holder.pid, 0)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false
  }
  return holder.startTicks === null || startTicks(holder.pid) === holder.startTicks
}

/** Field 22 of /proc/PID/stat (proc(5)): tells a process from a later one with the same number. */
function startTicks(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
  } catch {
    return null
  }
}
