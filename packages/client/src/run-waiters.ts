import { VoxtraceError } from '@voxtrace/model'
import type { RunRecord } from './run.ts'

interface Waiter {
  resolve: (runId: string) => void
  reject: (error: Error) => void
}

/** Tells runs, and those who wait for them, the ids that the server gave. */
export class RunWaiters {
  readonly #expected = new Map<string, RunRecord>()
  readonly #waiting = new Map<string, Waiter[]>()
  readonly #failures = new WeakMap<RunRecord, string>()

  expect(run: RunRecord): void {
    this.#expected.set(run.key, run)
  }

  created(key: string, runId: string): void {
    const run = this.#expected.get(key)
    if (run === undefined) return
    run.id = runId
    this.#expected.delete(key)
    for (const waiter of this.#take(key)) waiter.resolve(runId)
  }

  failed(key: string, reason: string): void {
    const run = this.#expected.get(key)
    if (run !== undefined) this.#failures.set(run, reason)
    this.#expected.delete(key)
    for (const waiter of this.#take(key)) waiter.reject(unavailable(reason))
  }

  failAll(reason: string): void {
    for (const key of [...this.#expected.keys()]) this.failed(key, reason)
  }

  wait(run: RunRecord): Promise<string> {
    if (run.id !== null) return Promise.resolve(run.id)
    if (!this.#expected.has(run.key)) {
      return Promise.reject(unavailable(this.#failures.get(run) ?? 'The run was never sent.'))
    }
    return new Promise((resolve, reject) => {
      const waiters = this.#waiting.get(run.key) ?? []
      waiters.push({ resolve, reject })
      this.#waiting.set(run.key, waiters)
    })
  }

  #take(key: string): Waiter[] {
    const waiters = this.#waiting.get(key) ?? []
    this.#waiting.delete(key)
    return waiters
  }
}

function unavailable(reason: string): VoxtraceError {
  return new VoxtraceError('TEMPORARILY_UNAVAILABLE', `The run was not created: ${reason}`)
}
