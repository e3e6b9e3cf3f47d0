import { VoxtraceError } from '@voxtrace/model'
import type { RunRecord } from './run.ts'

interface ExpectedRun {
  run: RunRecord
  waiters: { resolve: (runId: string) => void; reject: (error: Error) => void }[]
}

/** Tells runs, and those who wait for them, the ids that the server gave. */
export class RunWaiters {
  readonly #expected = new Map<string, ExpectedRun>()
  readonly #failures = new WeakMap<RunRecord, string>()

  expect(run: RunRecord): void {
    this.#expected.set(run.key, { run, waiters: [] })
  }

  created(key: string, runId: string): void {
    const expected = this.#expected.get(key)
    if (expected === undefined) return
    this.#expected.delete(key)
    expected.run.id = runId
    for (const { resolve } of expected.waiters) resolve(runId)
  }

  failed(key: string, reason: string): void {
    const expected = this.#expected.get(key)
    if (expected === undefined) return
    this.#expected.delete(key)
    this.#failures.set(expected.run, reason)
    for (const { reject } of expected.waiters) reject(unavailable(reason))
  }

  failAll(reason: string): void {
    for (const key of [...this.#expected.keys()]) this.failed(key, reason)
  }

  /** Resolves with the server's id; rejects with a `VoxtraceError` when the run is not created. */
  wait(run: RunRecord): Promise<string> {
    if (run.id !== null) return Promise.resolve(run.id)
    return new Promise((resolve, reject) => {
      const expected = this.#expected.get(run.key)
      if (expected === undefined) reject(unavailable(this.#failures.get(run) ?? 'The run was never sent.'))
      else expected.waiters.push({ resolve, reject })
    })
  }
}

function unavailable(reason: string): VoxtraceError {
  return new VoxtraceError('TEMPORARILY_UNAVAILABLE', `The run was not created: ${reason}`)
}
