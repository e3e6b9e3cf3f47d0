// The AI SDK's telemetry as versions up to 6 have it.
import { run } from './program.mjs'

await run({
  experimental_telemetry: {
    isEnabled: true,
    functionId: 'answer',
    metadata: { sessionId: 'session-1', userId: 'user-1' },
  },
})
