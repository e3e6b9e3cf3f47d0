import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { Log } from '@voxtrace/model'

/** What a worker is sent: jobs, and at last that it shall end. `stop[0]` becomes 1 when nobody waits for the result any more. */
export type WorkerRequest<Job> =
  | { kind: 'job'; id: number; job: Job; stop: Int32Array<SharedArrayBuffer> }
  | { kind: 'end' }

/** What a worker answers: `ready` once after it has loaded, then one `done` or `failed` a job. */
export type WorkerReply<Result> =
  | { kind: 'ready' }
  | { kind: 'done'; id: number; result: Result }
  | { kind: 'failed'; id: number; message: string }

/** The worker ended while it was at work; the work may be asked for again. */
export class WorkerCrashed extends Error {
  constructor(name: string, cause: string) {
    super(`the ${name} worker ended unexpectedly: ${cause}`)
    this.name = 'WorkerCrashed'
  }
}

interface Waiting<Job, Result> {
  id: number
  job: Job
  owner: string
  stop: Int32Array<SharedArrayBuffer>
  resolve(result: Result): void
  reject(error: Error): void
}

interface Seat<Job, Result> {
  worker: Worker
  ready: boolean
  current: Waiting<Job, Result> | null
  ended: Promise<void>
}

export interface WorkerPoolOptions {
  name: string
  /** Of the worker's module, without its ending; a sibling of this file. */
  module: string
  size: number
  workerData: unknown
  log: Log
}

/** Further workers load one after another, this long apart, so that the first and whatever starts beside it come up sooner. */
const nextWorkerDelayMs = 2_500
const restartDelayMs = 200
const mostRestartDelayMs = 10_000
const mostRememberedOwners = 256
/** For so long closing waits for a worker to end by itself. Ended from outside while it is in native code it would take the process with it. */
const longestEndMs = 6_000

/**
 * Worker threads that serve several conversations fairly: the owner that was served longest ago goes first.
 *
 * A seat is empty, then loading, then idle, then busy with one job at a time. A worker that ends unexpectedly
 * fails the job it had with `WorkerCrashed` and is started again after a growing delay.
 */
export class WorkerPool<Job, Result> {
  readonly #options: WorkerPoolOptions
  readonly #seats = new Set<Seat<Job, Result>>()
  readonly #waiting: Waiting<Job, Result>[] = []
  readonly #lastServed = new Map<string, number>()
  readonly #starts = new Set<NodeJS.Timeout>()
  #served = 0
  #nextId = 1
  #crashesInARow = 0
  #closed = false

  private constructor(options: WorkerPoolOptions) {
    this.#options = options
  }

  /** Starts the workers; resolves when the first has loaded. Throws what kept it from loading. */
  static async start<Job, Result>(options: WorkerPoolOptions): Promise<WorkerPool<Job, Result>> {
    const pool = new WorkerPool<Job, Result>(options)
    try {
      await pool.#seat()
    } catch (error) {
      await pool.close()
      throw error
    }
    for (let next = 1; next < options.size; next++) pool.#startLater(next * nextWorkerDelayMs)
    return pool
  }

  /** Whether a job would be begun at once. */
  get isFree(): boolean {
    return [...this.#seats].some(({ ready, current }) => ready && current === null)
  }

  /**
   * Has a worker do the job. Aborting the signal takes the job out of the queue, or tells the worker to stop.
   * @throws WorkerCrashed, the signal's reason, or what the worker failed with
   */
  run(owner: string, job: Job, signal?: AbortSignal): Promise<Result> {
    if (this.#closed) return Promise.reject(new Error(`the ${this.#options.name} worker is closed`))
    if (signal?.aborted) return Promise.reject(signal.reason)
    return new Promise((resolve, reject) => {
      const stop = new Int32Array(new SharedArrayBuffer(4))
      const onAbort = () => {
        Atomics.store(stop, 0, 1)
        const at = this.#waiting.findIndex((candidate) => candidate.id === entry.id)
        if (at >= 0) this.#waiting.splice(at, 1)
        reject(signal?.reason)
      }
      const settle = () => signal?.removeEventListener('abort', onAbort)
      const entry: Waiting<Job, Result> = {
        id: this.#nextId++,
        job,
        owner,
        stop,
        resolve: (result) => {
          settle()
          resolve(result)
        },
        reject: (error) => {
          settle()
          reject(error)
        },
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#waiting.push(entry)
      this.#dispatch()
    })
  }

  /** Has the workers end, also those that still load, and waits at most 6 s for that; what is waiting fails at once. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    for (const timer of this.#starts) clearTimeout(timer)
    const closed = new Error(`the ${this.#options.name} worker is closed`)
    for (const entry of this.#waiting.splice(0)) entry.reject(closed)
    await Promise.all(
      [...this.#seats].map(async ({ current, ended, worker }) => {
        if (current) Atomics.store(current.stop, 0, 1)
        current?.reject(closed)
        const request: WorkerRequest<Job> = { kind: 'end' }
        worker.postMessage(request)
        await Promise.race([ended, sleep(longestEndMs, undefined, { ref: false })])
        worker.unref()
      }),
    )
    this.#seats.clear()
  }

  #seat(): Promise<void> {
    const { name, module, workerData } = this.#options
    const ending = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
    const worker = new Worker(new URL(`./${module}${ending}`, import.meta.url), { workerData, name })
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
    const seat: Seat<Job, Result> = { worker, ready: false, current: null, ended }
    this.#seats.add(seat)
    return new Promise((resolve, reject) => {
      let cause = 'no reason given'
      worker.on('message', (reply: WorkerReply<Result>) => {
        if (reply.kind === 'ready') {
          seat.ready = true
          resolve()
        } else {
          this.#finish(seat, reply)
        }
        this.#dispatch()
      })
      worker.on('error', (error) => {
        cause = error instanceof Error ? error.message : String(error)
      })
      worker.on('exit', () => {
        this.#seats.delete(seat)
        if (this.#closed) {
          resolve()
          return
        }
        const crash = new WorkerCrashed(name, cause)
        seat.current?.reject(crash)
        if (seat.ready) this.#restart(crash)
        else reject(crash)
      })
    })
  }

  #finish(seat: Seat<Job, Result>, reply: Exclude<WorkerReply<Result>, { kind: 'ready' }>): void {
    const entry = seat.current
    seat.current = null
    if (!entry || entry.id !== reply.id) return
    this.#crashesInARow = 0
    if (reply.kind === 'done') entry.resolve(reply.result)
    else entry.reject(new Error(reply.message))
  }

  #restart(crash: Error): void {
    const delay = Math.min(restartDelayMs * 2 ** this.#crashesInARow, mostRestartDelayMs)
    this.#crashesInARow += 1
    this.#options.log.error(`${crash.message}; starting it again in ${delay} ms`)
    this.#startLater(delay)
  }

  #startLater(delayMs: number): void {
    const timer = setTimeout(() => {
      this.#starts.delete(timer)
      this.#seat().catch((error: unknown) => {
        if (!this.#closed) this.#restart(error instanceof Error ? error : new Error(String(error)))
      })
    }, delayMs)
    this.#starts.add(timer)
  }

  #dispatch(): void {
    for (const seat of this.#seats) {
      if (!seat.ready || seat.current) continue
      const entry = this.#takeFairest()
      if (!entry) return
      this.#remember(entry.owner)
      seat.current = entry
      const request: WorkerRequest<Job> = { kind: 'job', id: entry.id, job: entry.job, stop: entry.stop }
      seat.worker.postMessage(request)
    }
  }

  #remember(owner: string): void {
    this.#lastServed.delete(owner)
    this.#lastServed.set(owner, ++this.#served)
    const [oldest] = this.#lastServed.keys()
    if (this.#lastServed.size > mostRememberedOwners && oldest !== undefined) this.#lastServed.delete(oldest)
  }

  #takeFairest(): Waiting<Job, Result> | undefined {
    let best = 0
    const servedAt = (entry: Waiting<Job, Result> | undefined) =>
      entry ? (this.#lastServed.get(entry.owner) ?? 0) : 0
    for (let index = 1; index < this.#waiting.length; index++) {
      if (servedAt(this.#waiting[index]) < servedAt(this.#waiting[best])) best = index
    }
    return this.#waiting.splice(best, 1)[0]
  }
}
