import { readdirSync, readFileSync } from 'node:fs'

/** What `getconf CLK_TCK` says on every Linux that Node runs on. */
const ticksPerSecond = 100

/** Seconds of processor time by what used them. */
type ProcessorTime = Record<string, number>

/**
 * What the load (this process), the server, and PostgreSQL (what serves connections, and the rest) have used of the
 * processor so far, from Linux's /proc; empty elsewhere, and without PostgreSQL where that runs on another machine.
 */
export function processorTime(serverPid: number, postmasterPid: number | null): ProcessorTime {
  if (process.platform !== 'linux') return {}
  const { user, system } = process.cpuUsage()
  const used: ProcessorTime = { load: (user + system) / 1e6, server: stat(serverPid)?.seconds ?? 0 }
  if (postmasterPid === null) return used
  const kinds = { connections: 0, background: stat(postmasterPid)?.ofEnded ?? 0 }
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry)
    const found = Number.isInteger(pid) ? stat(pid) : null
    if (found === null || (found.parent !== postmasterPid && pid !== postmasterPid)) continue
    // PostgreSQL writes into its command line what a process is for: user, database and address for a connection.
    const isConnection = /^postgres: \S+ \S+ \S*[([]/.test(readOf(pid, 'cmdline') ?? '')
    kinds[isConnection ? 'connections' : 'background'] += found.seconds
  }
  return { ...used, 'PostgreSQL connections': kinds.connections, 'PostgreSQL background': kinds.background }
}

/** Microseconds of processor time a span between two looks. */
export function perSpan(before: ProcessorTime, after: ProcessorTime, spans: number): string {
  return Object.entries(after)
    .map(([name, seconds]) => `${name} ${(((seconds - (before[name] ?? 0)) / spans) * 1e6).toFixed(1)}`)
    .join(', ')
}

function stat(pid: number): { parent: number; seconds: number; ofEnded: number } | null {
  const text = readOf(pid, 'stat')
  if (text === null) return null
  // The name stands in parentheses and may hold spaces; fields are numbered in proc_pid_stat(5).
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const field = (number: number) => Number(fields[number - 3])
  return {
    parent: field(4),
    seconds: (field(14) + field(15)) / ticksPerSecond,
    ofEnded: (field(16) + field(17)) / ticksPerSecond,
  }
}

function readOf(pid: number, file: 'stat' | 'cmdline'): string | null {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    // It has ended since its name was read.
    return null
  }
}
