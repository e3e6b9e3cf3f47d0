/**
 * Records without pause, with the disk journal on, until it is killed. Tells each span that ended, one a line, and how
 * many of them it knows to be in the journal by then.
 */
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
/** Of the spans recorded so far: how many are in the journal for certain. */
let journalled = 0
let leaving: { number: number; spilledOperations: number } | null = null
// What sends and writes is loaded by then.
await client.flush()

/** What has left memory is in the journal once a write has ended that began no earlier. */
function lookAtJournal(): void {
  const { queueItems, spilledOperations } = client.stats()
  if (leaving !== null && spilledOperations > leaving.spilledOperations) {
    journalled = leaving.number
    leaving = null
  }
  if (leaving === null && queueItems === 0) leaving = { number, spilledOperations }
}

function turn(): void {
  lookAtJournal()
  number++
  const span = client.startSpan({
    name: 'turn',
    parent: root,
    attributes: { 'turn.number': number },
    inputs: { number },
  })
  span.end({ outputs: 'x'.repeat(300) })
  run.logMetric('turn.number', number, { step: number })
  writeSync(1, `${performance.timeOrigin + performance.now()} ${span.spanId} ${journalled}\n`)
  setImmediate(turn)
}

turn()
