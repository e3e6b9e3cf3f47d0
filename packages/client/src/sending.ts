import { buildOperations } from './build-operations.ts'
import { Delivery } from './delivery.ts'
import { buildingOf, connectionOf, type Outgoing, spillOptionsOf, targetOf } from './outgoing.ts'
import { deliveryEvents } from './sending-events.ts'

/**
 * Everything behind the queue. This module is loaded in the background when there is something to send, so that an
 * application starts with what records alone.
 */
export async function openDelivery(outgoing: Outgoing): Promise<Delivery> {
  const { here, queue, options, told } = outgoing
  const { batchDelayMs = 50, maxBackoffMs = 5000, journal = false, journalDelayMs = 2 } = options
  const target = targetOf(outgoing, await connectionOf(outgoing))
  const building = buildingOf(outgoing)
  const spilling = spillOptionsOf(outgoing)
  return new Delivery(
    queue,
    (items) => buildOperations(items, building),
    target,
    spilling === null || here.openSpill === null ? null : await here.openSpill(spilling),
    { batchDelayMs, maxBackoffMs, journalDelayMs: journal ? journalDelayMs : null },
    deliveryEvents(told),
  )
}
