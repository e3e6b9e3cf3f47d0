import type { Log } from '@voxtrace/model'
import type { FliteJob, FliteResult } from './flite-worker.ts'
import type { Synthesizer } from './synthesizer.ts'
import { WorkerPool } from './worker-pool.ts'

const voice = 'slt'
const pauseAfterClauseMs = 90
const pauseAfterSentenceMs = 220

/** Starts the offline voice: flite's `slt`, 16 kHz, in a worker thread. */
export async function startFlite({ log }: { log: Log }): Promise<Synthesizer> {
  const pool = await WorkerPool.start<FliteJob, FliteResult>({
    name: 'flite',
    module: 'flite-worker',
    size: 1,
    workerData: { voice },
    log,
  })
  return {
    model: `flite-${voice}`,
    async *synthesize(text, owner, signal) {
      const pauseMs = /[.!?:]["')\]]*\s*$/.test(text) ? pauseAfterSentenceMs : pauseAfterClauseMs
      const spoken = await pool.run(owner, { text, pauseMs }, signal)
      if (spoken.samples.length > 0) yield spoken
    },
    close: () => pool.close(),
  }
}
