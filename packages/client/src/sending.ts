import { type Building, buildOperations } from './build-operations.ts'
import { Delivery, type Target } from './delivery.ts'
import type { ClientOptions } from './options.ts'
import { OtlpEndpoint } from './otlp-endpoint.ts'
import { Redaction } from './redaction.ts'
import type { Outgoing } from './sender.ts'
import { deliveryEvents, spillEvents, type Told } from './sending-events.ts'
import type { Packing } from './spans-request.ts'
import type { SpillOptions } from './spill/spill.ts'
import { TrackingServer } from './tracking-server.ts'

/**
 * Everything behind the queue. This module is loaded in the background when there is something to send, so that an
 * application starts with what records alone.
 */
export async function openDelivery(outgoing: Outgoing): Promise<Delivery> {
  const { here, queue, options, told } = outgoing
  const target = await openTarget(outgoing)
  const building = buildingOf(outgoing)
  const { batchDelayMs = 50, maxBackoffMs = 5000, journal = false, journalDelayMs = 2 } = options
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

async function openTarget({ here, options, destination, told }: Outgoing): Promise<Target> {
  const { url, headers, kind } = destination
  const base = kind === 'otlp' ? new URL('/', url) : url
  const connection = await here.connect(base, headers, options.requestTimeoutMs ?? 10_000)
  const packing: Packing = {
    resource: { 'service.name': 'voxtrace-client', ...options.resource },
    gzip: options.compression === 'gzip' ? (parts) => connection.gzip(parts) : null,
  }
  if (kind === 'otlp') return new OtlpEndpoint(connection, url.pathname + url.search, packing)
  return new TrackingServer(connection, packing, (key, runId) => told.waiters.created(key, runId))
}

export function buildingOf({ options, destination, told }: Outgoing): Building {
  return { redaction: redactionOf(options, told), infoOnSpan: destination.kind === 'otlp' }
}

function redactionOf({ redact }: ClientOptions, told: Told): Redaction | null {
  if (redact === undefined) return null
  return new Redaction(typeof redact === 'function' ? [redact] : redact, (error) => told.failed(error))
}

/** Null where nothing goes to disk. */
export function spillOptionsOf({ options, told }: Outgoing): SpillOptions | null {
  const { spillDirectory: directory, maxSpillBytes: maxBytes = 256 * 1024 * 1024 } = options
  return directory === undefined ? null : { directory, maxBytes, events: spillEvents(told) }
}
