import { destinationOf } from './destination.ts'
import { optionsFromEnvironment } from './environment.ts'
import type { ClientOptions } from './options.ts'
import { platform } from './platform.ts'
import type { FoundTraces, Reading, SearchOptions, Trace, TraceInfo } from './reading.ts'

export type MlflowClientOptions = { host?: string } & Pick<
  ClientOptions,
  | 'trackingUri'
  | 'headers'
  | 'requestTimeoutMs'
  | 'trackingServerUsername'
  | 'trackingServerPassword'
  | 'trackingServerToken'
  | 'workspace'
>

/**
 * Reads from a tracking server, under the names of MLflow's TypeScript SDK. What is not given is taken from the
 * environment. Its methods reject with a `VoxtraceError` that says what the server answered.
 */
export class MlflowClient {
  readonly #options: ClientOptions
  #reading: Promise<Reading> | null = null

  /** `host` stands for `trackingUri` where that is absent. */
  constructor({ host, ...options }: MlflowClientOptions = {}) {
    if (host !== undefined) options.trackingUri ??= host
    this.#options = optionsFromEnvironment(platform().environment, options)
  }

  async getTrace(traceId: string): Promise<Trace> {
    return (await this.#open()).trace(traceId)
  }

  async getTraceInfo(traceId: string): Promise<TraceInfo> {
    return (await this.#open()).traceInfo(traceId)
  }

  async searchTraces(options: SearchOptions): Promise<FoundTraces> {
    return (await this.#open()).search(options)
  }

  async createExperiment(
    name: string,
    artifactLocation?: string,
    tags?: Record<string, string>,
  ): Promise<string> {
    return (await this.#open()).createExperiment(name, artifactLocation, tags)
  }

  async getExperimentId(name: string): Promise<string | null> {
    return (await this.#open()).experimentId(name)
  }

  async deleteExperiment(experimentId: string): Promise<void> {
    return (await this.#open()).deleteExperiment(experimentId)
  }

  #open(): Promise<Reading> {
    this.#reading ??= this.#load()
    return this.#reading
  }

  async #load(): Promise<Reading> {
    const { otlp: _, ...options } = this.#options
    const { url, headers } = destinationOf(options)
    const { Reading } = await import('./reading.ts')
    return new Reading(await platform().connect(url, headers, options.requestTimeoutMs ?? 10_000))
  }
}
