import { type MessagePort, parentPort } from 'node:worker_threads'
import type { WorkerReply, WorkerRequest } from './worker-pool.ts'

const port = ownPort()

let ending = false
port.on('message', (request: WorkerRequest<unknown>) => {
  if (request.kind !== 'end') return
  ending = true
  // The thread ends when it has nothing to do any more. `process.exit` could still be followed by native code, which then aborts the process.
  port.close()
})

/** Whether the worker shall end; to be asked between the steps of loading. */
export function isEnding(): boolean {
  return ending
}

/** The inside of a worker of a `WorkerPool`: says that it is ready, then does one job at a time. */
export function serveJobs<Job, Result>(
  work: (job: Job, stopped: () => boolean) => Promise<{ result: Result; transfer?: ArrayBuffer[] }>,
): void {
  const reply = (message: WorkerReply<Result>, transfer: ArrayBuffer[] = []) =>
    port.postMessage(message, transfer)
  port.on('message', (request: WorkerRequest<Job>) => {
    if (request.kind !== 'job') return
    const { id, job, stop } = request
    work(job, () => Atomics.load(stop, 0) === 1).then(
      ({ result, transfer }) => reply({ kind: 'done', id, result }, transfer),
      (error: unknown) =>
        reply({ kind: 'failed', id, message: error instanceof Error ? error.message : String(error) }),
    )
  })
  reply({ kind: 'ready' })
}

function ownPort(): MessagePort {
  if (!parentPort) throw new Error('this module runs only as a worker thread')
  return parentPort
}
