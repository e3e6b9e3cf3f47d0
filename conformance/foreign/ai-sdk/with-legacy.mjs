// The AI SDK's telemetry in its own vocabulary, which version 7 still offers.
import { LegacyOpenTelemetry } from '@ai-sdk/otel'
import { registerTelemetry } from 'ai'
import { run } from './program.mjs'

registerTelemetry(new LegacyOpenTelemetry())
await run({
  runtimeContext: { sessionId: 'session-1', userId: 'user-1' },
  telemetry: { functionId: 'answer', includeRuntimeContext: { sessionId: true, userId: true } },
})
