import { VoxtraceError } from '@voxtrace/model'
import { messageOf } from './capture.ts'
import type { Connection, HttpRequest } from './http.ts'
import { MlflowHttpError } from './mlflow/http-error.ts'
import { isRecord, parseObject } from './outcome.ts'
import { spansOf, textOf } from './read-spans.ts'
import { Trace, TraceInfo, type TraceLocation, textsOf } from './read-trace.ts'
import type { ExperimentRef } from './record.ts'

/** An experiment as a tracking server tells of it. */
export interface Experiment {
  experimentId: string
  name: string
  artifactLocation: string | null
  /** `active` or `deleted`. */
  lifecycleStage: string
  tags: Record<string, string>
}

export interface SearchOptions {
  experimentIds: readonly string[]
  /** In the language of `docs/reference/filter.md`, such as `status = 'ERROR'`. */
  filter?: string
  orderBy?: readonly string[]
  /** At most this many, 1 to 500. Default 100. */
  maxResults?: number
  pageToken?: string
}

/** Where to look, in MLflow's form or in ours, and for what. */
export type MlflowSearchOptions = Partial<SearchOptions> & {
  locations?: readonly TraceLocation[]
  /** Default true. */
  includeSpans?: boolean
}

export interface FoundTraces<Found = TraceInfo> {
  traces: Found[]
  nextPageToken: string | null
}

const traces = '/api/3.0/mlflow/traces'
const experiments = '/api/2.0/mlflow/experiments'

/** Asks a tracking server. Every method rejects with a `VoxtraceError` when the server cannot answer, an `MlflowHttpError` when it refuses. */
export class Reading {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async traceInfo(traceId: string): Promise<TraceInfo> {
    const answer = await this.#ask('GET', `${traces}/${encodeURIComponent(traceId)}`)
    return new TraceInfo(isRecord(answer.trace) ? answer.trace.trace_info : null)
  }

  /** A trace with its spans, wherever the server keeps them. */
  async trace(traceId: string): Promise<Trace> {
    const id = encodeURIComponent(traceId)
    try {
      const answer = await this.#ask('GET', `${traces}/get?trace_id=${id}&allow_partial=true`)
      const trace = isRecord(answer.trace) ? answer.trace : {}
      const spans = spansOf(trace.spans)
      if (spans.length > 0) return new Trace(new TraceInfo(trace.trace_info), spans)
    } catch (error) {
      if (!(error instanceof VoxtraceError) || error.code === 'TEMPORARILY_UNAVAILABLE') throw error
    }
    const info = await this.traceInfo(traceId)
    const file = await this.#ask('GET', `/ajax-api/2.0/mlflow/get-trace-artifact?request_id=${id}`)
    return new Trace(info, spansOf(file.spans))
  }

  /** Looks in the experiments that are named, or else in the one given. */
  async search(options: Partial<SearchOptions>, within?: ExperimentRef): Promise<FoundTraces> {
    const { filter, orderBy, maxResults, pageToken } = options
    const experimentIds = options.experimentIds ?? (within ? await this.#idsOf(within) : [])
    if (experimentIds.length === 0) return { traces: [], nextPageToken: null }
    const answer = await this.#ask('POST', `${traces}/search`, {
      locations: experimentIds.map((experiment_id) => ({
        type: 'MLFLOW_EXPERIMENT',
        mlflow_experiment: { experiment_id },
      })),
      filter,
      order_by: orderBy,
      max_results: maxResults ?? 100,
      page_token: pageToken,
    })
    const found = Array.isArray(answer.traces) ? answer.traces : []
    const next = answer.next_page_token
    return {
      traces: found.map((info) => new TraceInfo(info)),
      nextPageToken: typeof next === 'string' && next !== '' ? next : null,
    }
  }

  async #idsOf({ id, name }: ExperimentRef): Promise<string[]> {
    if (id !== null) return [id]
    const found = await this.experiment({ name: name ?? 'Default' })
    return found === null ? [] : [found.experimentId]
  }

  async searchWithSpans(options: MlflowSearchOptions): Promise<FoundTraces<Trace>> {
    const { locations = [], experimentIds = [], includeSpans = true, ...rest } = options
    const named = locations.map(({ mlflowExperiment }) => mlflowExperiment.experimentId)
    const within = [...experimentIds, ...named]
    if (within.length === 0) {
      throw new VoxtraceError('INVALID_PARAMETER_VALUE', 'Name at least one experiment in `locations`.')
    }
    const found = await this.search({ ...rest, experimentIds: within })
    const traces = found.traces.map((info) => (includeSpans ? this.trace(info.traceId) : new Trace(info, [])))
    return { traces: await Promise.all(traces), nextPageToken: found.nextPageToken }
  }

  async createExperiment(
    name: string,
    artifactLocation?: string,
    tags?: Record<string, string>,
  ): Promise<string> {
    const answer = await this.#ask('POST', `${experiments}/create`, {
      name,
      artifact_location: artifactLocation,
      tags: Object.entries(tags ?? {}).map(([key, value]) => ({ key, value })),
    })
    return textOf(answer.experiment_id)
  }

  /** An experiment by one of its two names; null when there is none. */
  async experiment(by: { id: string } | { name: string }): Promise<Experiment | null> {
    const path =
      'id' in by
        ? `get?experiment_id=${encodeURIComponent(by.id)}`
        : `get-by-name?experiment_name=${encodeURIComponent(by.name)}`
    try {
      return experimentOf((await this.#ask('GET', `${experiments}/${path}`)).experiment)
    } catch (error) {
      if (error instanceof VoxtraceError && error.code === 'RESOURCE_DOES_NOT_EXIST') return null
      throw error
    }
  }

  async deleteExperiment(experimentId: string): Promise<void> {
    await this.#ask('POST', `${experiments}/delete`, { experiment_id: experimentId })
  }

  async #ask(method: HttpRequest['method'], path: string, body?: object): Promise<Record<string, unknown>> {
    const headers: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
    const text = body === undefined ? null : JSON.stringify(body)
    const response = await this.#connection
      .send({ method, path, headers, body: text, repeatable: true })
      .catch((cause: unknown) => {
        const message = `The tracking server gave no answer: ${messageOf(cause)}`
        throw new VoxtraceError('TEMPORARILY_UNAVAILABLE', message, { cause })
      })
    const answer = parseObject(response.body)
    if (response.status >= 200 && response.status < 300 && answer !== null) return answer
    throw new MlflowHttpError(response.status, response.statusText, response.body)
  }
}

function experimentOf(value: unknown): Experiment {
  const experiment = isRecord(value) ? value : {}
  const tags = Array.isArray(experiment.tags) ? experiment.tags.filter(isRecord) : []
  const location = experiment.artifact_location
  return {
    experimentId: textOf(experiment.experiment_id),
    name: textOf(experiment.name),
    artifactLocation: typeof location === 'string' ? location : null,
    lifecycleStage: textOf(experiment.lifecycle_stage),
    tags: textsOf(Object.fromEntries(tags.map(({ key, value: text }) => [key, text]))),
  }
}
