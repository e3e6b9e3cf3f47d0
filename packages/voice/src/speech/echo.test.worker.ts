import { setTimeout as sleep } from 'node:timers/promises'
import { serveJobs } from './worker-loop.ts'

/** A worker that does what its job says: waits, fails, or ends the thread. */
serveJobs<{ say: string; waitMs?: number; fail?: boolean; crash?: boolean }, string>(async (job, stopped) => {
  if (job.crash) process.exit(1)
  const until = performance.now() + (job.waitMs ?? 0)
  while (performance.now() < until && !stopped()) await sleep(5)
  if (job.fail) throw new Error(`cannot say ${job.say}`)
  return { result: stopped() ? 'stopped' : job.say }
})
