/**
 * What recording costs on the caller's thread, and what delivering costs, beside a client that does nothing.
 *
 *     node --conditions=@voxtrace/source bench/client.ts [seconds per measurement, default 1.5]
 *
 * A turn is a root and six children, each with about 1.1 KB of inputs and 1.0 KB of outputs, and eight metrics. The
 * client and the no-op alternate in rounds; medians and the spread of the rounds are printed. Delivery goes to an HTTP
 * server in another process that reads and answers. Every value is copied when it is given: nothing is deferred but
 * the making of JSON text and of the request.
 */
import { fork } from 'node:child_process'
import { createServer } from 'node:http'
import { cpus } from 'node:os'
import { type ClientOptions, createClient } from '@voxtrace/client'

const roundsPerMeasurement = 9
const children = [
  'user_speech',
  'end_of_utterance',
  'speech_to_text',
  'rag_retrieval',
  'llm_generation',
  'text_to_speech',
]

interface Recorder {
  turn(number: number): void
  span(): void
  settle(): Promise<void>
}

if (process.argv[2] === 'receiver') receive()
else await measure(Number(process.argv[2] ?? 1.5))

function receive(): void {
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      const { pathname } = new URL(request.url ?? '/', 'http://localhost')
      response.setHeader('content-type', 'application/json')
      if (pathname.endsWith('/get-by-name')) response.end('{"experiment":{"experiment_id":"1"}}')
      else if (pathname.endsWith('/runs/create')) response.end('{"run":{"info":{"run_id":"1"}}}')
      else response.end('{}')
    })
  })
  server.listen(0, '127.0.0.1', () => process.send?.(server.address()))
  process.on('disconnect', () => process.exit())
}

async function measure(seconds: number): Promise<void> {
  const receiver = fork(process.argv[1] ?? '', ['receiver'], { execArgv: process.execArgv })
  const port = await new Promise<number>((resolve) => {
    receiver.once('message', (address: { port: number }) => resolve(address.port))
  })
  const trackingUri = `http://127.0.0.1:${port}`
  console.log(`node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}`)
  try {
    const recorders = { 'no-op': noop(), voxtrace: voxtrace({ trackingUri }) }
    await compare('span, caller µs', recorders, seconds, 20_000, (recorder) => recorder.span())
    await compare('turn, caller µs', recorders, seconds, 300, (recorder, index) => recorder.turn(index))
    await delivery(trackingUri)
  } finally {
    receiver.disconnect()
  }
}

async function compare(
  title: string,
  recorders: Record<string, Recorder>,
  seconds: number,
  times: number,
  act: (recorder: Recorder, index: number) => void,
): Promise<void> {
  const rounds = new Map<string, number[]>()
  const until = performance.now() + seconds * 1000
  for (let round = 0; round < roundsPerMeasurement + 2 || performance.now() < until; round++) {
    for (const [name, recorder] of Object.entries(recorders)) {
      const started = performance.now()
      for (let index = 0; index < times; index++) act(recorder, index)
      const microseconds = ((performance.now() - started) * 1000) / times
      await recorder.settle()
      const kept = rounds.get(name) ?? []
      if (round >= 2) kept.push(microseconds)
      rounds.set(name, kept)
    }
  }
  for (const [name, values] of rounds) console.log(`${title}\t${name}\t${spread(values)}`)
}

/** Processor time of the whole process per turn, recording and delivering. */
async function delivery(trackingUri: string): Promise<void> {
  const values: number[] = []
  for (let round = 0; round < roundsPerMeasurement; round++) {
    const recorder = voxtrace({ trackingUri })
    const before = process.cpuUsage()
    const turns = 400
    for (let index = 0; index < turns; index++) recorder.turn(index)
    await recorder.settle()
    const { user, system } = process.cpuUsage(before)
    if (round > 0) values.push((user + system) / turns)
  }
  console.log(`turn, total CPU µs with delivery\tvoxtrace\t${spread(values)}`)
}

function voxtrace(options: ClientOptions): Recorder {
  const client = createClient({ experimentName: 'bench', ...options })
  const run = client.startRun({ runName: 'bench' })
  const { inputs, outputs, metrics } = payload()
  return {
    span: () => client.startSpan({ name: 'span', parent: null }).end(),
    turn: (step) => {
      const root = client.startSpan({ name: 'turn', parent: null, inputs })
      for (const name of children) client.startSpan({ name, parent: root, inputs }).end({ outputs })
      root.end({ outputs })
      run.logMetrics(metrics, { step })
    },
    settle: () => client.flush(),
  }
}

function noop(): Recorder {
  const record = () => {}
  return {
    span: record,
    turn: () => {
      for (let index = 0; index < children.length + 2; index++) record()
    },
    settle: async () => {},
  }
}

function payload() {
  const sentence = 'The quick brown fox jumps over the lazy dog near the river bank. '
  const inputs = {
    messages: [
      { role: 'system', content: sentence.repeat(6) },
      { role: 'user', content: sentence.repeat(9) },
    ],
    model: 'extractive',
    temperature: 0.2,
  }
  const outputs = { response: sentence.repeat(15), finish_reason: 'stop', tokens: [1, 2, 3] }
  const metrics = Object.fromEntries(
    Array.from({ length: 8 }, (_, index) => [`metric.${index}_ms`, index * 1.5]),
  )
  return { inputs, outputs, metrics }
}

function spread(values: number[]): string {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number) => (sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN).toFixed(3)
  return `median ${at(0.5)}\tp10 ${at(0.1)}\tp90 ${at(0.9)}\t(${sorted.length} rounds)`
}
