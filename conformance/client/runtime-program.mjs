// Records with the built client in whatever runtime this is, and tells what came of it as one line of JSON:
// `runtime-program.mjs CLIENT_MODULE TRACKING_URI HOW_TO_END [SPILL_DIRECTORY]`.
import process from 'node:process'

const [module, trackingUri, end, spillDirectory] = process.argv.slice(2)
const { createClient } = await import(module)
const client = createClient({
  trackingUri,
  experimentName: 'runtimes',
  compression: 'gzip',
  // A machine with other work takes longer than the two seconds that an application would wait.
  exitDeadlineMs: 60_000,
  ...(spillDirectory === undefined ? {} : { spillDirectory, journal: true }),
})

const run = client.startRun({ runName: 'runtime' })
const nested = await client.withSpan(
  async (outer) => {
    await new Promise((resolve) => setTimeout(resolve, 5))
    const inner = client.startSpan({ name: 'inner', inputs: { text: 'é "quoted"\n' } })
    inner.end({ outputs: [1, 2, 3] })
    return inner.parentId === outer.spanId
  },
  { name: 'outer', run },
)
run.logMetrics({ latency_ms: 1.5 })
run.end()
if (end === 'flush') {
  await client.flush({ deadlineMs: 10_000 })
  await client.shutdown()
}
const { delivered, lastError } = client.stats()
console.log(JSON.stringify({ nested, delivered, lastError }))
if (end === 'signal') process.kill(process.pid, 'SIGTERM')
