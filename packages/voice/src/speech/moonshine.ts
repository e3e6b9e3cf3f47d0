import type { Log } from '@voxtrace/model'
import type { MoonshineJob } from './moonshine-worker.ts'
import type { Transcriber } from './transcriber.ts'
import { WorkerPool } from './worker-pool.ts'

/** One window of the voice activity detector. */
const eagerSilenceMs = 32

/**
 * Starts the offline ear: Moonshine tiny (English) in worker threads.
 * @param directory where `ensureSpeechWeights` put the weights
 */
export async function startMoonshine(options: {
  directory: string
  workers: number
  log: Log
}): Promise<Transcriber> {
  const pool = await WorkerPool.start<MoonshineJob, string | null>({
    name: 'moonshine',
    module: 'moonshine-worker',
    size: options.workers,
    workerData: { directory: options.directory },
    log: options.log,
  })
  return {
    model: 'moonshine-tiny',
    eagerSilenceMs,
    async transcribe(samples, owner, signal) {
      const text = await pool.run(owner, samples, signal)
      signal.throwIfAborted()
      return text ?? ''
    },
    close: () => pool.close(),
  }
}
