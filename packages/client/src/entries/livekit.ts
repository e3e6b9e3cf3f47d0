/** `@voxtrace/client/livekit`: records what LiveKit Agents for Node traces of its sessions. */
import { context, type TracerProvider } from '@opentelemetry/api'
import type { Client } from '../client.ts'
import { newContextManager } from '../context-manager.ts'
import { defaultClient } from '../default-client.ts'
import { SpanWithoutContent } from '../integrations/livekit-content.ts'
import { RecordingTracerProvider } from '../opentelemetry/tracer-provider.ts'

/** What is used of `telemetry` of `@livekit/agents`. */
export interface LiveKitTelemetry {
  setTracerProvider(provider: TracerProvider): void
}

export interface LiveKitOptions {
  /** Default: the client of `init`. */
  client?: Client
  /**
   * Whether what was said, what tools were given and gave, and what errors told is recorded. Default true; `redact` of the
   * client masks parts of it.
   */
  recordContent?: boolean
}

/**
 * Makes the client what LiveKit Agents records its spans with. Call it once, before the session starts. Turns, speech,
 * transcription, the language model, tools and their times are read from LiveKit's own spans.
 *
 *     import { telemetry } from '@livekit/agents'
 *     traceLiveKit(telemetry)
 */
export function traceLiveKit(
  telemetry: LiveKitTelemetry,
  { client = defaultClient(), recordContent = true }: LiveKitOptions = {},
): void {
  context.setGlobalContextManager(newContextManager())
  const provider = recordContent
    ? new RecordingTracerProvider(client)
    : new RecordingTracerProvider(client, (live) => new SpanWithoutContent(live))
  telemetry.setTracerProvider(provider)
}
