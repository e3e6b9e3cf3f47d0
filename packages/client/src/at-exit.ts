/**
 * `@voxtrace/client/at-exit`: required by the client itself when its process ends before what sends has been loaded. It
 * is the CommonJS module even where the client is the ECMAScript one, which cannot be loaded without waiting.
 */
import { buildOperations } from './build-operations.ts'
import { buildingOf, type Outgoing, spillOptionsOf } from './outgoing.ts'
import { deliveryEvents } from './sending-events.ts'
import { Spill } from './spill/spill.ts'

/** Puts on disk what is queued, masked. False when no disk takes it; then it is counted as dropped. */
export function spillAtExit(outgoing: Outgoing): boolean {
  const { queue, told } = outgoing
  if (queue.length === 0) return true
  const operations = buildOperations(queue.take(queue.length, Number.POSITIVE_INFINITY), buildingOf(outgoing))
  const options = spillOptionsOf(outgoing)
  if (options !== null && new Spill(options).appendNow(operations)) return true
  const { abandoned } = deliveryEvents(told)
  for (const operation of operations) abandoned(operation)
  return false
}
