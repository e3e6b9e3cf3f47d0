import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '@voxtrace/model'
import { z } from 'zod'

const requestTimeoutMs = 10_000
const mostAttempts = 20
const betweenAttemptsMs = 3_000
const traceIdPattern = /^tr-[0-9a-f]{32}$/
const why = 'The bot ended before the conversation did.'

const span = z.looseObject({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().nullable(),
  name: z.string(),
  startTimeUnixNano: z.string(),
  endTimeUnixNano: z.string().nullable(),
  attributes: z.record(z.string(), z.unknown()),
  resource: z.record(z.string(), z.unknown()),
})
type SpanRead = z.output<typeof span>
const traceAnswer = z.object({
  info: z.object({ experimentId: z.string(), metadata: z.record(z.string(), z.string()) }),
  spans: z.array(span),
})

/**
 * Which conversations are going on, kept on disk for the case that the process is killed: one file for each, named like its
 * trace, with the id of the process in it.
 */
export class OngoingConversations {
  readonly #directory: string
  readonly #log: Log
  #writing: Promise<void> = Promise.resolve()

  constructor(options: { directory: string; log: Log }) {
    this.#directory = options.directory
    this.#log = options.log
  }

  begun(traceId: string): void {
    this.#write(async () => {
      await mkdir(this.#directory, { recursive: true })
      await writeFile(join(this.#directory, traceId), String(process.pid))
    })
  }

  ended(traceId: string): void {
    this.#write(() => rm(join(this.#directory, traceId), { force: true }))
  }

  /** Resolves when what was told so far is on disk. */
  async written(): Promise<void> {
    await this.#writing
  }

  /** The traces of conversations whose process is gone. */
  async left(): Promise<string[]> {
    const names = await readdir(this.#directory).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return []
      throw error
    })
    const left: string[] = []
    for (const name of names.filter((name) => traceIdPattern.test(name)))
      if (!isRunning(Number(await readFile(join(this.#directory, name), 'utf8')))) left.push(name)
    return left
  }

  #write(step: () => Promise<unknown>): void {
    this.#writing = this.#writing.then(step).then(
      () => undefined,
      (error: unknown) =>
        this.#log.warn(`which conversations go on cannot be kept in ${this.#directory}: ${messageOf(error)}`),
    )
  }
}

/**
 * Ends the traces and runs of conversations whose process was killed: spans that are still open end when the last thing that is
 * known of them happened, as errors. Tries again while the tracking server is away; what it has not taken after a minute
 * waits for the next start.
 */
export async function endBrokenOff(options: {
  ongoing: OngoingConversations
  trackingUri: string
  log: Log
  attempts?: number
}): Promise<void> {
  const { ongoing, trackingUri, log, attempts = mostAttempts } = options
  for (let attempt = 1; ; attempt++) {
    try {
      for (const traceId of await ongoing.left()) {
        await endTrace(trackingUri.replace(/\/+$/, ''), traceId)
        ongoing.ended(traceId)
        await ongoing.written()
        log.info('a conversation that broke off has been ended in its trace', { traceId })
      }
      return
    } catch (error) {
      if (attempt >= attempts) {
        log.warn(`the traces of conversations that broke off cannot be ended: ${messageOf(error)}`)
        return
      }
      await sleep(betweenAttemptsMs, undefined, { ref: false })
    }
  }
}

async function endTrace(base: string, traceId: string): Promise<void> {
  const found = await fetch(`${base}/api/voxtrace/traces/${traceId}`, timed())
  if (found.status === 404) return
  const { info, spans } = traceAnswer.parse(await (await accepted(found)).json())
  const open = spans.filter(({ endTimeUnixNano }) => endTimeUnixNano === null)
  let end = 0n
  for (const { startTimeUnixNano, endTimeUnixNano } of spans) {
    const last = BigInt(endTimeUnixNano ?? startTimeUnixNano)
    if (last > end) end = last
  }
  if (open.length > 0)
    await post(
      `${base}/v1/traces`,
      { resourceSpans: open.map((one) => endedAt(one, end)) },
      info.experimentId,
    )
  const runId = info.metadata['mlflow.sourceRun']
  if (runId)
    await post(`${base}/api/2.0/mlflow/runs/update`, {
      run_id: runId,
      status: 'FAILED',
      end_time: Number(end / 1_000_000n),
    })
}

/** The span as OTLP in JSON has it (opentelemetry-proto, `trace/v1`), ended at `end`. */
function endedAt({ resource, ...span }: SpanRead, end: bigint): unknown {
  const { traceId, spanId, parentSpanId, name, startTimeUnixNano, attributes } = span
  const ended = {
    traceId,
    spanId,
    ...(parentSpanId === null ? {} : { parentSpanId }),
    name,
    startTimeUnixNano,
    endTimeUnixNano: end.toString(),
    attributes: keyValues(attributes),
    status: { code: 2, message: why },
  }
  return { resource: { attributes: keyValues(resource) }, scopeSpans: [{ spans: [ended] }] }
}

function keyValues(values: object): unknown[] {
  return Object.entries(values).flatMap(([key, value]) =>
    value === null || value === undefined ? [] : [{ key, value: anyValue(value) }],
  )
}

function anyValue(value: unknown): unknown {
  if (typeof value === 'boolean') return { boolValue: value }
  if (typeof value === 'number')
    return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value }
  if (Array.isArray(value))
    return { arrayValue: { values: value.filter((one) => one !== null).map(anyValue) } }
  if (typeof value === 'object' && value !== null) return { kvlistValue: { values: keyValues(value) } }
  return { stringValue: String(value) }
}

async function post(url: string, body: unknown, experimentId?: string): Promise<void> {
  const headers = {
    'content-type': 'application/json',
    ...(experimentId === undefined ? {} : { 'x-mlflow-experiment-id': experimentId }),
  }
  await accepted(await fetch(url, { ...timed(), method: 'POST', headers, body: JSON.stringify(body) }))
}

async function accepted(response: Response): Promise<Response> {
  if (response.ok) return response
  throw new Error(`${response.url} answered ${response.status}: ${(await response.text()).slice(0, 300)}`)
}

const timed = () => ({ signal: AbortSignal.timeout(requestTimeoutMs) })

function isRunning(pid: number): boolean {
  if (pid === process.pid) return true
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
