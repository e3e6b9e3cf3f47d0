import { VoxtraceError } from '@voxtrace/model'
import type { RunRecord } from './run.ts'

interface ExpectedRun {
  run: RunRecord
  resolve(runId: string): void
  reject(error: Error): void
}

/** Tells runs, and those who wait for them, the ids that the server gave. */
export class RunWaiters {
  readonly #expected = new Map<string, ExpectedRun>()
  readonly #created = new WeakMap<RunRecord, Promise<string>>()

  expect(run: RunRecord): void {
    const created = new Promise<string>((resolve, reject) => {
      this.#expected.set(run.key, { run, resolve, reject })
    })
    // It may be that nobody waits for it.
    created.catch(() => {})
    this.#created.set(run, created)
  }

  created(key: string, runId: string): void {
    const expected = this.#take(key)
    if (expected === undefined) return
    expected.run.id = runId
    expected.resolve(runId)
  }

  failed(key: string, reason: string): void {
    this.#take(key)?.reject(notCreated(reason))
  }

  failAll(reason: string): void {
    for (const key of [...this.#expected.keys()]) this.failed(key, reason)
  }

  /** Resolves with the server's id; rejects with a `VoxtraceError` when the run is not created. */
  wait(run: RunRecord): Promise<string> {
    return this.#created.get(run) ?? Promise.reject(notCreated('It was never begun.'))
  }

  #take(key: string): ExpectedRun | undefined {
    const expected = this.#expected.get(key)
    this.#expected.delete(key)
    return expected
  }
}

function notCreated(reason: string): VoxtraceError {
  return new VoxtraceError('TEMPORARILY_UNAVAILABLE', `The run was not created: ${reason}`)
}
