// A worker for edge runtimes whose requests share one client. Each sends after it has answered.
import { flushTraces, init, startRun, startSpan, withSpan } from '@voxtrace/client'

init({ trackingUri: TRACKING_URI, experimentName: 'runtimes' })

let flushing = 0

export default {
  async fetch(request, _environment, context) {
    const { pathname, search } = new URL(request.url)
    const name = pathname.slice(1)
    if (name === 'flushing') return Response.json(flushing)
    const run = search === '?trace-alone' ? undefined : startRun({ runName: name })
    const nested = await withSpan(
      async (outer) => {
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 30))
        const inner = startSpan({ name: 'inner', inputs: { text: 'é "quoted"\n' } })
        inner.end({ outputs: [1, 2, 3] })
        return inner.traceId === outer.traceId && inner.parentId === outer.spanId
      },
      { name: 'outer', run },
    )
    run?.logMetrics({ latency_ms: 1.5 })
    run?.end()
    const sent = flushTraces()
    // Without waitUntil the runtime ends a request when it has answered: here in the middle of sending, as the server says.
    if (name === 'forgetful') await fetch(new URL('/in-the-middle', TRACKING_URI))
    else context.waitUntil(untilOver(sent))
    return Response.json({ nested })
  },
}

async function untilOver(flush) {
  flushing++
  await flush
  flushing--
}
