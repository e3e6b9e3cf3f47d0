import type { ContextStorage } from './context-manager.ts'
import type { Connection } from './http.ts'
import type { Api } from './opentelemetry/api.ts'
import type { Outgoing } from './outgoing.ts'
import type { Sender } from './sender.ts'
import type { Spill, SpillOptions } from './spill/spill.ts'

/** What a client asks of the process when it ends. */
export interface ExitHooks {
  /** The process has nothing left to do: deliver what waits. */
  flush(deadlineMs: number): Promise<unknown>
  /** A signal or an error ends the process: deliver, or put on disk, and stop. */
  shutdown(deadlineMs: number): Promise<unknown>
  /** The process ends now: put on disk what waits, without waiting for anything. */
  spillNow(): void
}

export interface ExitOptions {
  /** Whether signals and uncaught exceptions are waited on. */
  signals: boolean
  deadlineMs: number
}

/** What differs between Node and edge runtimes. */
export interface Platform {
  connect(base: URL, headers: Record<string, string>, timeoutMs: number): Promise<Connection>
  /** Null where there is no disk. */
  openSpill: ((options: SpillOptions) => Promise<Spill>) | null
  newSender(outgoing: Outgoing): Sender
  /** Puts what is queued on disk before what sends is loaded; false where no disk takes it. */
  spillAtExit(outgoing: Outgoing): boolean
  /** Gives a function that forgets the hooks. */
  onExit(hooks: ExitHooks, options: ExitOptions): () => void
  contextStorage(): ContextStorage
  /** `@opentelemetry/api` where something has loaded it already; null where nothing has, or it cannot be told. */
  loadedOpenTelemetry(): Api | null
  environment: Record<string, string | undefined>
}

let provided: Platform | null = null

/** Told by an entry of the package which platform it is for. */
export function providePlatform(platform: Platform): void {
  provided = platform
}

export function platform(): Platform {
  if (provided === null) throw new Error('Import @voxtrace/client.')
  return provided
}
