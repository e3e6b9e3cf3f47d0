import { destinationOf } from './destination.ts'
import { optionsFromEnvironment } from './environment.ts'
import type { ClientOptions } from './options.ts'
import { platform } from './platform.ts'
import type { Trace, TraceInfo } from './read-trace.ts'
import type { Experiment, FoundTraces, MlflowSearchOptions, Reading, SearchOptions } from './reading.ts'

/** Where a tracking server is, and what it asks of those who read from it. */
export type AccessOptions = { host?: string } & Pick<
  ClientOptions,
  | 'trackingUri'
  | 'headers'
  | 'requestTimeoutMs'
  | 'trackingServerUsername'
  | 'trackingServerPassword'
  | 'trackingServerToken'
  | 'workspace'
>

export type MlflowClientOptions = AccessOptions & {
  /** What `createAuthProvider` gave. */
  authProvider?: AccessOptions
}

/** Keeps together how a server is reached. Here for what is written for MLflow's SDK: the options may be given at once. */
export function createAuthProvider(options: AccessOptions): AccessOptions {
  return options
}

/**
 * Reads from a tracking server, under the names of MLflow's TypeScript SDK. What is not given is taken from the
 * environment. Its methods reject with a `VoxtraceError` that says what the server answered.
 */
export class MlflowClient {
  readonly #options: ClientOptions
  #reading: Promise<Reading> | null = null

  /** `host` stands for `trackingUri` where that is absent. */
  constructor({ authProvider, ...given }: MlflowClientOptions = {}) {
    const { host, ...options } = { ...authProvider, ...given }
    if (host !== undefined) options.trackingUri ??= host
    this.#options = optionsFromEnvironment(platform().environment, options)
  }

  async getTrace(traceId: string): Promise<Trace> {
    return (await this.#open()).trace(traceId)
  }

  async getTraceInfo(traceId: string): Promise<TraceInfo> {
    return (await this.#open()).traceInfo(traceId)
  }

  /** Traces with their spans, which `includeSpans: false` leaves out; they are read one by one. */
  async searchTraces(options: MlflowSearchOptions): Promise<FoundTraces<Trace>> {
    return (await this.#open()).searchWithSpans(options)
  }

  /** What is said of traces, without their spans. */
  async searchTraceInfos(options: Partial<SearchOptions>): Promise<FoundTraces> {
    return (await this.#open()).search(options)
  }

  async createExperiment(
    name: string,
    artifactLocation?: string,
    tags?: Record<string, string>,
  ): Promise<string> {
    return (await this.#open()).createExperiment(name, artifactLocation, tags)
  }

  async getExperiment(experimentId: string): Promise<Experiment | null> {
    return (await this.#open()).experiment({ id: experimentId })
  }

  async getExperimentByName(name: string): Promise<Experiment | null> {
    return (await this.#open()).experiment({ name })
  }

  async getExperimentId(name: string): Promise<string | null> {
    return (await this.getExperimentByName(name))?.experimentId ?? null
  }

  async deleteExperiment(experimentId: string): Promise<void> {
    return (await this.#open()).deleteExperiment(experimentId)
  }

  #open(): Promise<Reading> {
    this.#reading ??= openReading(this.#options)
    return this.#reading
  }
}

/** What asks the tracking server that options name, also where spans go to an OTLP endpoint. */
export async function openReading({ otlp: _, ...options }: ClientOptions): Promise<Reading> {
  const { url, headers } = destinationOf(options)
  const { Reading } = await import('./reading.ts')
  return new Reading(await platform().connect(url, headers, options.requestTimeoutMs ?? 10_000))
}
