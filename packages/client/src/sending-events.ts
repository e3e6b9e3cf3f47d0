import { capture } from './capture.ts'
import type { DeliveryEvents } from './delivery.ts'
import { countsOf } from './operation.ts'
import type { RunWaiters } from './run-waiters.ts'
import type { SpillEvents } from './spill/spill.ts'
import type { Tally } from './tally.ts'
import type { TroubleLog } from './trouble-log.ts'

/** Who is told what becomes of what was recorded. */
export interface Told {
  tally: Tally
  trouble: TroubleLog
  waiters: RunWaiters
  failed(error: unknown): void
}

export function deliveryEvents({ tally, trouble, waiters, failed }: Told): DeliveryEvents {
  return {
    delivered: (operation) => tally.delivered(countsOf(operation)),
    retried: (reason) => {
      tally.retried(reason)
      trouble.warn('unreachable', 'The tracking server cannot be reached; trying again.', { reason })
    },
    refused: (operation, reason) => {
      tally.dropped('refused', countsOf(operation))
      if (operation.kind === 'createRun') waiters.failed(operation.run.key, reason)
      const { kind } = operation
      trouble.warn('refused', 'The server refused what was sent; it is set aside.', { kind, reason })
    },
    abandoned: (operation) => tally.dropped('shutdown', countsOf(operation)),
    failed,
  }
}

export function spillEvents({ tally, trouble }: Told): SpillEvents {
  return {
    spilled: (operations) => tally.spilled(operations.length),
    dropped: (operations) => {
      for (const operation of operations) tally.dropped('spill_full', countsOf(operation))
      trouble.warn('spill full', 'The spill directory is full; the oldest were dropped.', {})
    },
    damaged: (records) => {
      tally.damaged(records)
      trouble.warn('damaged', 'Damaged records in the spill directory are left out.', { records })
    },
    failed: (error) => {
      trouble.warn('spill', 'The spill directory cannot be used.', { error: capture(error, 2048) })
    },
  }
}
