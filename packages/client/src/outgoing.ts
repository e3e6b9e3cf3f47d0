import type { Building } from './build-operations.ts'
import type { Target } from './delivery.ts'
import type { Destination } from './destination.ts'
import type { Connection } from './http.ts'
import type { ClientOptions } from './options.ts'
import { OtlpEndpoint } from './otlp-endpoint.ts'
import type { Platform } from './platform.ts'
import { Redaction } from './redaction.ts'
import { spillEvents, type Told } from './sending-events.ts'
import type { Packing } from './spans-request.ts'
import type { SpillOptions } from './spill/spill.ts'
import { KnownServer, TrackingServer } from './tracking-server.ts'
import type { WorkQueue } from './work-queue.ts'

/** What is to be sent, from where and to where, and who is told what becomes of it. */
export interface Outgoing {
  here: Platform
  queue: WorkQueue
  options: ClientOptions
  destination: Destination
  told: Told
}

/** Connects to where it is to be sent. */
export function connectionOf({ here, options, destination }: Outgoing): Promise<Connection> {
  const { url, headers, kind } = destination
  const base = kind === 'otlp' ? new URL('/', url) : url
  return here.connect(base, headers, options.requestTimeoutMs ?? 10_000)
}

export function targetOf(
  { options, destination, told }: Outgoing,
  connection: Connection,
  known = new KnownServer(),
): Target {
  const { url, kind } = destination
  const packing: Packing = {
    resource: { 'service.name': 'voxtrace-client', ...options.resource },
    gzip: options.compression === 'gzip' ? (parts) => connection.gzip(parts) : null,
  }
  if (kind === 'otlp') return new OtlpEndpoint(connection, url.pathname + url.search, packing)
  return new TrackingServer(connection, known, packing, (key, runId) => told.waiters.created(key, runId))
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
