import { parentPort } from 'node:worker_threads'
import type { WorkerReply, WorkerRequest } from './worker-pool.ts'

/** The inside of a worker of a `WorkerPool`: says that it is ready, then does one job at a time. */
export function serveJobs<Job, Result>(
  work: (job: Job, stopped: () => boolean) => Promise<{ result: Result; transfer?: ArrayBuffer[] }>,
): void {
  const port = parentPort
  if (!port) throw new Error('this module runs only as a worker thread')
  const reply = (message: WorkerReply<Result>, transfer: ArrayBuffer[] = []) =>
    port.postMessage(message, transfer)
  port.on('message', ({ id, job, stop }: WorkerRequest<Job>) => {
    work(job, () => Atomics.load(stop, 0) === 1).then(
      ({ result, transfer }) => reply({ kind: 'done', id, result }, transfer),
      (error: unknown) =>
        reply({ kind: 'failed', id, message: error instanceof Error ? error.message : String(error) }),
    )
  })
  reply({ kind: 'ready' })
}
