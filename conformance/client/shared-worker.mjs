// A worker for edge runtimes whose requests share one client, each of them sending after it has answered.
import { init, startRun, startSpan, withSpan } from '@voxtrace/client'

let client

export default {
  async fetch(_request, { TRACKING_URI }, context) {
    client ??= init({ trackingUri: TRACKING_URI, experimentName: 'runtimes' })
    const run = startRun({ runName: 'runtime' })
    const nested = await withSpan(
      async (outer) => {
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 20))
        const inner = startSpan({ name: 'inner', inputs: { text: 'é "quoted"\n' } })
        inner.end({ outputs: [1, 2, 3] })
        return inner.traceId === outer.traceId && inner.parentId === outer.spanId
      },
      { name: 'outer', run },
    )
    run.logMetrics({ latency_ms: 1.5 })
    run.end()
    context.waitUntil(client.flush())
    return Response.json({ nested })
  },
}
