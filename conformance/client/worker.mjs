// A worker for edge runtimes that records each request with a client of its own, and sends after it has answered.
import { createClient } from '@voxtrace/client'

export default {
  async fetch(_request, { TRACKING_URI }, context) {
    const client = createClient({
      trackingUri: TRACKING_URI,
      experimentName: 'runtimes',
      compression: 'gzip',
    })
    const run = client.startRun({ runName: 'runtime' })
    const nested = await client.withSpan(
      async (outer) => {
        await new Promise((resolve) => setTimeout(resolve, 5))
        const inner = client.startSpan({ name: 'inner', inputs: { text: 'é "quoted"\n' } })
        inner.end({ outputs: [1, 2, 3] })
        return inner.traceId === outer.traceId && inner.parentId === outer.spanId
      },
      { name: 'outer', run },
    )
    run.logMetrics({ latency_ms: 1.5 })
    run.end()
    context.waitUntil(client.shutdown())
    return Response.json({ nested })
  },
}
