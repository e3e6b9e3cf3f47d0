import { type JsonObject, traceMetadata } from '@voxtrace/model'
import type { Target } from './delivery.ts'
import type { Connection, HttpRequest, HttpResponse } from './http.ts'
import type {
  CreateRunOperation,
  LogBatchOperation,
  Operation,
  RunRef,
  SpansOperation,
  StartTraceOperation,
} from './operation.ts'
import { errorCode, isRecord, type Outcome, outcomeOf, parseObject, Undelivered } from './outcome.ts'
import type { ExperimentRef } from './record.ts'
import { type Packing, spansRequest } from './spans-request.ts'
import { endedOnly } from './split-operation.ts'
import type { TraceFile, TraceFiles } from './trace-files.ts'

/** The tag by which a run is found whose creation was answered to nobody. */
const runKeyTag = 'voxtrace.runKey'
const api = '/api/2.0/mlflow'

/** What is known of a tracking server, by whatever connection it was learned. */
export class KnownServer {
  /** Ids of experiments by name, and of runs by the key they were given. */
  readonly experiments = new Map<string, string>()
  readonly runs = new Map<string, string>()
  /** Whether the server shows open spans; null until it was asked. MLflow's takes them for spans that ended at 0. */
  showsOpenSpans: boolean | null = null
  /** Set for a server that takes no OTLP: spans go into the files of traces there. */
  traceFiles: Map<string, TraceFile> | null = null
}

/** Carries out operations against a tracking server: resolves experiments and runs, and makes requests. */
export class TrackingServer implements Target {
  readonly #connection: Connection
  readonly #known: KnownServer
  readonly #packing: Packing
  readonly #onRunCreated: (key: string, runId: string) => void
  #traceFiles: TraceFiles | null = null
  #requests = 0

  constructor(
    connection: Connection,
    known: KnownServer,
    packing: Packing,
    onRunCreated: (key: string, runId: string) => void,
  ) {
    this.#connection = connection
    this.#known = known
    this.#packing = packing
    this.#onRunCreated = onRunCreated
  }

  get requests(): number {
    return this.#requests
  }

  /**
   * Tries once. `again` says that an earlier attempt may have reached the server unseen. When the server no longer has
   * what was resolved before (its database was replaced), that is resolved anew. Never rejects.
   */
  async deliver(operation: Operation, again: boolean): Promise<Outcome> {
    const outcome = await this.#attempt(operation, again)
    if (outcome.kind !== 'refused' || !outcome.missing || this.#known.experiments.size === 0) return outcome
    this.#known.experiments.clear()
    this.#known.runs.clear()
    return this.#attempt(operation, true)
  }

  async #attempt(operation: Operation, again: boolean): Promise<Outcome> {
    try {
      await this.#perform(operation, again)
      return { kind: 'delivered' }
    } catch (error) {
      if (error instanceof Undelivered) return error.outcome
      // The connection's errors are told apart where it is used: this is the fault of what is to be sent.
      return { kind: 'refused', reason: reasonOf(error), missing: false }
    }
  }

  close(): void {
    this.#connection.close()
  }

  async #perform(operation: Operation, again: boolean): Promise<void> {
    switch (operation.kind) {
      case 'createRun':
        return this.#createRun(operation, again)
      case 'startTrace':
        return this.#startTrace(operation)
      case 'spans':
        return this.#sendSpans(operation)
      case 'logBatch':
        return this.#logBatch(operation)
      case 'endRun': {
        const body = {
          run_id: await this.#runId(operation.run),
          status: operation.status,
          end_time: operation.endTimeMs,
        }
        await this.#post(`${api}/runs/update`, body)
        return
      }
      case 'feedback': {
        const path = `/api/3.0/mlflow/traces/${encodeURIComponent(operation.traceId.toWellFormed())}/assessments`
        const response = await this.#send(jsonRequest(path, { assessment: operation.body }))
        if (again && errorCode(response) === 'RESOURCE_ALREADY_EXISTS') return
        expectDelivered(response)
        return
      }
    }
  }

  async #createRun(operation: CreateRunOperation, again: boolean): Promise<void> {
    const { run, name, tags, startTimeMs } = operation
    const found = again || this.#known.runs.has(run.key) ? await this.#findRun(run) : null
    if (found !== null) return
    const body: JsonObject = {
      experiment_id: await this.#experimentId(run.experiment),
      start_time: startTimeMs,
      tags: Object.entries({ ...tags, [runKeyTag]: run.key }).map(([key, value]) => ({ key, value })),
    }
    if (name !== null) body.run_name = name
    const response = await this.#send({ ...jsonRequest(`${api}/runs/create`, body), repeatable: false })
    expectDelivered(response)
    const created = runIdIn(parseObject(response.body)?.run)
    if (created === null) throw unreadable(response, 'a created run')
    this.#keepRun(run.key, created)
  }

  async #startTrace(operation: StartTraceOperation): Promise<void> {
    const metadata = { ...operation.metadata }
    const runId = operation.run === null ? null : await this.#findKnownRun(operation.run)
    if (runId !== null) metadata[traceMetadata.sourceRun] = runId
    const experimentId = await this.#experimentId(operation.experiment)
    const location = { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: experimentId } }
    const info = { ...operation.info, trace_location: location, trace_metadata: metadata }
    if (operation.info.state === 'IN_PROGRESS' && !(await this.#knowsOpenSpans())) return
    const response = await this.#post('/api/3.0/mlflow/traces', { trace: { trace_info: info } })
    await (await this.#openTraceFiles())?.told(parseObject(response.body)?.trace)
  }

  /** Voxtrace answers for itself at a path of its own; any other tracking server does not know it. */
  async #knowsOpenSpans(): Promise<boolean> {
    if (this.#known.showsOpenSpans === null) {
      const path = '/api/voxtrace/status'
      const response = await this.#send({ method: 'GET', path, headers: {}, body: null, repeatable: true })
      const outcome = outcomeOf(response)
      if (outcome.kind === 'retry' && response.status !== 404) throw new Undelivered(outcome)
      this.#known.showsOpenSpans = outcome.kind === 'delivered'
    }
    return this.#known.showsOpenSpans
  }

  async #sendSpans(given: SpansOperation): Promise<void> {
    const hasOpen = given.ended.includes(0)
    const operation = hasOpen && !(await this.#knowsOpenSpans()) ? endedOnly(given) : given
    if (operation.ends.length === 0) return
    const experimentId = await this.#experimentId(operation.experiment)
    if (this.#known.traceFiles === null) {
      const request = await spansRequest('/v1/traces', operation, this.#packing)
      request.headers['x-mlflow-experiment-id'] = experimentId
      const response = await this.#send(request)
      if (!(await this.#lacksOtlp(response))) {
        expectDelivered(response)
        return
      }
      this.#known.traceFiles ??= new Map()
    }
    await (await this.#openTraceFiles())?.add(operation, experimentId)
  }

  async #openTraceFiles(): Promise<TraceFiles | null> {
    const { traceFiles } = this.#known
    if (traceFiles === null) return null
    const { TraceFiles } = await import('./trace-files.ts')
    this.#traceFiles ??= new TraceFiles((request) => this.#send(request), traceFiles)
    return this.#traceFiles
  }

  /**
   * Whether an answer says that the server has no OTLP endpoint. MLflow's says 501 with a file store; those that are
   * older have no such path, and are told from a proxy without a server by the version they give.
   */
  async #lacksOtlp({ status }: HttpResponse): Promise<boolean> {
    if (status === 501) return true
    if (status !== 404 && status !== 405) return false
    const version = await this.#send({
      method: 'GET',
      path: '/version',
      headers: {},
      body: null,
      repeatable: true,
    })
    return version.status === 200 && /^\d+\.\d+/.test(version.body)
  }

  async #logBatch(operation: LogBatchOperation): Promise<void> {
    const { run, metrics, params, tags } = operation
    await this.#post(`${api}/runs/log-batch`, { run_id: await this.#runId(run), metrics, params, tags })
  }

  async #runId(run: RunRef): Promise<string> {
    const known = await this.#findKnownRun(run)
    if (known === null) {
      const reason = 'Its run was refused or deleted.'
      throw new Undelivered({ kind: 'refused', reason, missing: false })
    }
    return known
  }

  async #findKnownRun(run: RunRef): Promise<string | null> {
    return this.#known.runs.get(run.key) ?? (await this.#findRun(run))
  }

  /** Looks for a run by the key it was given when it was begun. */
  async #findRun(run: RunRef): Promise<string | null> {
    const response = await this.#post(`${api}/runs/search`, {
      experiment_ids: [await this.#experimentId(run.experiment)],
      filter: `tags.\`${runKeyTag}\` = '${run.key}'`,
      max_results: 1,
    })
    const answer = parseObject(response.body)
    if (answer === null) throw unreadable(response, 'a list of runs')
    const runs = answer.runs
    const runId = Array.isArray(runs) ? runIdIn(runs[0]) : null
    if (runId !== null) this.#keepRun(run.key, runId)
    return runId
  }

  #keepRun(key: string, runId: string): void {
    this.#known.runs.set(key, runId)
    this.#onRunCreated(key, runId)
  }

  async #experimentId(experiment: ExperimentRef): Promise<string> {
    if (experiment.id !== null) return experiment.id
    const name = experiment.name ?? 'Default'
    const known = this.#known.experiments.get(name)
    if (known !== undefined) return known
    const id = (await this.#experimentByName(name)) ?? (await this.#createExperiment(name))
    this.#known.experiments.set(name, id)
    return id
  }

  async #experimentByName(name: string): Promise<string | null> {
    const path = `${api}/experiments/get-by-name?experiment_name=${encodeURIComponent(name.toWellFormed())}`
    const response = await this.#send({ method: 'GET', path, headers: {}, body: null, repeatable: true })
    if (response.status === 404 && errorCode(response) === 'RESOURCE_DOES_NOT_EXIST') return null
    expectDelivered(response)
    const experiment = parseObject(response.body)?.experiment
    if (isRecord(experiment) && typeof experiment.experiment_id === 'string') return experiment.experiment_id
    throw unreadable(response, 'an experiment')
  }

  async #createExperiment(name: string): Promise<string> {
    const response = await this.#send(jsonRequest(`${api}/experiments/create`, { name }))
    if (errorCode(response) === 'RESOURCE_ALREADY_EXISTS') {
      const found = await this.#experimentByName(name)
      if (found !== null) return found
    }
    expectDelivered(response)
    const id = parseObject(response.body)?.experiment_id
    if (typeof id !== 'string') throw unreadable(response, 'a created experiment')
    return id
  }

  async #post(path: string, body: JsonObject | object): Promise<HttpResponse> {
    const response = await this.#send(jsonRequest(path, body))
    expectDelivered(response)
    return response
  }

  async #send(request: HttpRequest): Promise<HttpResponse> {
    this.#requests++
    try {
      return await this.#connection.send(request)
    } catch (error) {
      throw new Undelivered({ kind: 'retry', reason: reasonOf(error), waitMs: null, status: null })
    }
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error)
}

function jsonRequest(path: string, body: object): HttpRequest {
  const headers = { 'content-type': 'application/json' }
  return { method: 'POST', path, headers, body: JSON.stringify(body), repeatable: true }
}

function expectDelivered(response: HttpResponse): void {
  const outcome = outcomeOf(response)
  if (outcome.kind !== 'delivered') throw new Undelivered(outcome)
}

function unreadable(response: HttpResponse, expected: string): Undelivered {
  const reason = `The server's answer is not ${expected}: ${response.body.slice(0, 200)}`
  return new Undelivered({ kind: 'retry', reason, waitMs: null, status: response.status })
}

function runIdIn(run: unknown): string | null {
  const info = isRecord(run) ? run.info : null
  return isRecord(info) && typeof info.run_id === 'string' ? info.run_id : null
}
