import { type SessionOrder, type TraceOrder, traceRanks } from '@voxtrace/model'
import type { LiveEvent } from '@voxtrace/protocol'

/** How lists of traces, and of what they belong to, are asked for. */
export const byTraces = { timeField: 'timestamp_ms', newestFirst: 'newest' } as const

/** The order that an address asks for; newest first where it names none that there is. */
export function orderOf<Order extends string>(
  orders: readonly [Order, ...Order[]],
  asked: string | undefined,
): Order {
  return orders.find((each) => each === asked) ?? orders[0]
}

/** What announces that traces may have got another place: ranks follow a change a little later. */
export function rankedBy(order: TraceOrder | SessionOrder): LiveEvent['type'][] {
  return traceRanks.some((rank) => rank === order) ? ['figures'] : []
}
