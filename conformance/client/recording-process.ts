/** Records without pause, with the disk journal on, until it is killed. Tells each span that ended, one a line. */
import { writeSync } from 'node:fs'
import { createClient } from '@voxtrace/client'

const [trackingUri = '', spillDirectory = '', round = ''] = process.argv.slice(2)
const client = createClient({
  trackingUri,
  spillDirectory,
  journal: true,
  experimentName: 'killed',
  maxBackoffMs: 200,
})
const run = client.startRun({ runName: `round ${round}` })
const root = client.startSpan({ name: 'conversation', run, attributes: { round } })
let number = 0
// What sends and writes is loaded by then.
await client.flush()

function turn(): void {
  number++
  const span = client.startSpan({
    name: 'turn',
    parent: root,
    attributes: { 'turn.number': number },
    inputs: { number },
  })
  span.end({ outputs: 'x'.repeat(300) })
  run.logMetric('turn.number', number, { step: number })
  writeSync(1, `${performance.timeOrigin + performance.now()} ${root.traceId} ${span.spanId}\n`)
  setImmediate(turn)
}

turn()
