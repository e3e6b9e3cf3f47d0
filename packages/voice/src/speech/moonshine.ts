import type { Log } from '@voxtrace/model'
import type { MoonshineJob } from './moonshine-worker.ts'
import type { Transcriber } from './transcriber.ts'
import { WorkerPool } from './worker-pool.ts'

/**
 * One window of the voice activity detector, and three while others are being transcribed: most pauses as short as one are within a sentence,
 * and what is made of them for nothing takes the processor from those who wait.
 */
const eagerSilenceMs = { free: 32, busy: 96 }

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
    get eagerSilenceMs() {
      return pool.isFree ? eagerSilenceMs.free : eagerSilenceMs.busy
    },
    async transcribe(samples, owner, signal) {
      const text = await pool.run(owner, samples, signal)
      signal.throwIfAborted()
      return text ?? ''
    },
    close: () => pool.close(),
  }
}
