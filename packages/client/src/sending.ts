import { buildOperations } from './build-operations.ts'
import { Delivery, type Target } from './delivery.ts'
import type { Destination } from './destination.ts'
import type { ClientOptions } from './options.ts'
import { OtlpEndpoint } from './otlp-endpoint.ts'
import type { Platform } from './platform.ts'
import { Redaction } from './redaction.ts'
import { deliveryEvents, spillEvents, type Told } from './sending-events.ts'
import { TrackingServer } from './tracking-server.ts'
import type { WorkQueue } from './work-queue.ts'

/** What takes recorded things out of the queue and to where they go. */
export interface Sending {
  delivery: Delivery
  target: Target & { readonly requests: number }
}

/**
 * Everything behind the queue. This module is loaded in the background when there is something to send, so that an
 * application starts with what records alone.
 */
export async function openSending(
  options: ClientOptions,
  destination: Destination,
  queue: WorkQueue,
  here: Platform,
  told: Told,
): Promise<Sending> {
  const target = await openTarget(options, destination, here, told)
  const redaction = redactionOf(options, told)
  const building = { redaction, infoOnSpan: destination.kind === 'otlp' }
  const { batchDelayMs = 50, maxBackoffMs = 5000, journal = false, journalDelayMs = 2 } = options
  const { spillDirectory: directory, maxSpillBytes: maxBytes = 256 * 1024 * 1024 } = options
  const delivery = new Delivery(
    queue,
    (items) => buildOperations(items, building),
    target,
    directory === undefined || here.openSpill === null
      ? null
      : here.openSpill({ directory, maxBytes, events: spillEvents(told) }),
    { batchDelayMs, maxBackoffMs, journalDelayMs: journal ? journalDelayMs : null },
    deliveryEvents(told),
  )
  return { delivery, target }
}

async function openTarget(
  options: ClientOptions,
  { url, headers, kind }: Destination,
  here: Platform,
  told: Told,
): Promise<Sending['target']> {
  const packing = {
    resource: { 'service.name': 'voxtrace-client', ...options.resource },
    gzip: options.compression === 'gzip' ? here.gzip : null,
  }
  const timeoutMs = options.requestTimeoutMs ?? 10_000
  if (kind === 'otlp') {
    const connection = await here.connect(new URL('/', url), headers, timeoutMs)
    return new OtlpEndpoint(connection, url.pathname + url.search, packing)
  }
  const connection = await here.connect(url, headers, timeoutMs)
  return new TrackingServer(connection, packing, (key, runId) => told.waiters.created(key, runId))
}

function redactionOf({ redact }: ClientOptions, told: Told): Redaction | null {
  if (redact === undefined) return null
  return new Redaction(typeof redact === 'function' ? [redact] : redact, (error) => told.failed(error))
}
