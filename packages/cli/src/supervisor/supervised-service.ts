import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { decodeEntry, type LogEntry } from '../output/service-log.ts'
import { UserError } from '../user-error.ts'
import { serviceMessageSchema } from './messages.ts'

/**
 * One service in a process of its own.
 *
 *     idle ──start──▶ starting ──ready──▶ running
 *                        ▲  │               │
 *                        │  └─exit─┐ ┌─exit─┘
 *                        │         ▼ ▼
 *                        └─delay─ waiting
 *     any ──stop──▶ stopping ──exit──▶ stopped
 *     starting ──cannot_start──▶ stopped
 */
export type ServiceState = 'idle' | 'starting' | 'running' | 'waiting' | 'stopping' | 'stopped'

export interface SupervisedServiceOptions {
  name: string
  /** The program and its arguments. */
  command: readonly [string, ...string[]]
  env: NodeJS.ProcessEnv
  /** Receives every line that the service writes. */
  onEntry(entry: LogEntry): void
  onChange?(): void
  /** How long the service may take to stop before it is killed. */
  stopTimeoutMs: number
  /** It may be ended in the middle of its start, without a word. */
  hasNothingToSaveUntilReady?: boolean
  firstDelayMs?: number
}

const defaultFirstDelayMs = 250
const longestDelayMs = 10_000
const attemptsBeforeFirstReady = 3
/** A service that ran this long is healthy: its next restart waits the first delay again. */
const healthyAfterMs = 60_000

export class SupervisedService {
  readonly name: string
  #options: SupervisedServiceOptions
  #state: ServiceState = 'idle'
  #child: ChildProcess | null = null
  #restarts = 0
  #delayMs: number
  #startedAtMs = 0
  #details: Record<string, unknown> = {}
  #everReady = false
  #timer: NodeJS.Timeout | null = null
  #firstReady = Promise.withResolvers<Record<string, unknown>>()
  #stopped = Promise.withResolvers<void>()

  constructor(options: SupervisedServiceOptions) {
    this.name = options.name
    this.#options = options
    this.#delayMs = options.firstDelayMs ?? defaultFirstDelayMs
    this.#firstReady.promise.catch(() => undefined)
  }

  get state(): ServiceState {
    return this.#state
  }

  get pid(): number | null {
    return this.#child?.pid ?? null
  }

  get restarts(): number {
    return this.#restarts
  }

  /** What the service said of itself when it became ready. */
  get details(): Record<string, unknown> {
    return this.#details
  }

  /**
   * Starts the service and keeps it running until `stop`. Resolves with its details when it is ready for the first time.
   * Errors: `UserError` when it says that it cannot start, or ends several times before it was ever ready.
   */
  start(): Promise<Record<string, unknown>> {
    if (this.#state === 'idle') this.#spawn()
    return this.#firstReady.promise
  }

  /** Ends the service in order; kills it when it takes longer than it may. Resolves when it has ended. */
  stop(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer)
    const child = this.#child
    if (!child) {
      this.#enter('stopped')
      this.#stopped.resolve()
    } else if (this.#state === 'starting' && this.#options.hasNothingToSaveUntilReady) {
      this.#enter('stopping')
      child.kill('SIGKILL')
    } else if (this.#state !== 'stopping') {
      this.#enter('stopping')
      if (child.connected) child.send({ type: 'stop' }, () => undefined)
      else child.kill('SIGTERM')
      this.#timer = setTimeout(() => {
        this.#say('error', `did not stop within ${this.#options.stopTimeoutMs} ms and is killed`)
        child.kill('SIGKILL')
      }, this.#options.stopTimeoutMs)
    }
    return this.#stopped.promise
  }

  #spawn(): void {
    const [program, ...args] = this.#options.command
    // Detached, so that Ctrl-C in a terminal reaches the supervisor alone and services end in order.
    const child = spawn(program, args, {
      env: this.#options.env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: true,
    })
    this.#child = child
    this.#startedAtMs = Date.now()
    this.#enter('starting')
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => this.#line(line))
    }
    child.on('message', (message) => this.#message(message))
    child.on('error', (error) => this.#say('error', `cannot be run: ${error.message}`))
    child.on('close', (code, signal) => this.#closed(code, signal))
  }

  #line(line: string): void {
    if (line.trim() === '') return
    const entry = decodeEntry(line)
    this.#options.onEntry(
      entry ?? { timeMs: Date.now(), service: this.name, level: 'info', message: line, fields: {} },
    )
  }

  #message(raw: unknown): void {
    const parsed = serviceMessageSchema.safeParse(raw)
    if (!parsed.success) return
    const message = parsed.data
    if (message.type === 'ready') {
      this.#details = message.details
      this.#everReady = true
      // One that is told to stop in the middle of its start may be ready first, and then ends as it was told.
      if (this.#state !== 'stopping') this.#enter('running')
      this.#firstReady.resolve(message.details)
    } else if (!this.#everReady) {
      this.#enter('stopping')
      this.#firstReady.reject(new UserError(message.message, message.advice))
    }
  }

  #closed(code: number | null, signal: NodeJS.Signals | null): void {
    this.#child = null
    if (this.#timer) clearTimeout(this.#timer)
    if (this.#state === 'stopping') {
      this.#enter('stopped')
      this.#stopped.resolve()
      return
    }
    const how = signal ? `was ended by ${signal}` : `ended with code ${code}`
    this.#restarts += 1
    if (!this.#everReady && this.#restarts >= attemptsBeforeFirstReady) {
      this.#enter('stopped')
      this.#stopped.resolve()
      this.#firstReady.reject(
        new UserError(
          `The ${this.name} ${how} ${this.#restarts} times before it was ready.`,
          'Its last messages stand above; `voxtrace doctor` checks this machine.',
        ),
      )
      return
    }
    if (Date.now() - this.#startedAtMs > healthyAfterMs) {
      this.#delayMs = this.#options.firstDelayMs ?? defaultFirstDelayMs
    }
    this.#say('warn', `${how}; it starts again in ${this.#delayMs} ms`)
    this.#enter('waiting')
    this.#timer = setTimeout(() => this.#spawn(), this.#delayMs)
    this.#delayMs = Math.min(this.#delayMs * 2, longestDelayMs)
  }

  #say(level: 'warn' | 'error', message: string): void {
    this.#options.onEntry({ timeMs: Date.now(), service: this.name, level, message, fields: {} })
  }

  #enter(state: ServiceState): void {
    this.#state = state
    this.#options.onChange?.()
  }
}
