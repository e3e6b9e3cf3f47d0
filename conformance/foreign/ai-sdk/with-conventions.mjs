// The AI SDK's telemetry of today, which speaks the GenAI semantic conventions.
import { OpenTelemetry } from '@ai-sdk/otel'
import { registerTelemetry } from 'ai'
import { run } from './program.mjs'

registerTelemetry(new OpenTelemetry({ runtimeContext: true, embedding: true }))
await run({
  runtimeContext: { sessionId: 'session-1', userId: 'user-1' },
  telemetry: { functionId: 'answer', includeRuntimeContext: { sessionId: true, userId: true } },
})
