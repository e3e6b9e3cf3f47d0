import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '@voxtrace/model'
import type { LiveEvent } from '@voxtrace/protocol'
import { sql } from 'kysely'
import pg from 'pg'
import { connectionSettings, type Database } from './database.ts'

const channel = 'voxtrace_live'
/** Announcements of this long are sent together: NOTIFY makes commits wait for each other. */
const gatheringMs = 25
/** PostgreSQL's limit on a payload is 8000 bytes. */
const largestPayload = 7_900

export interface LiveListener {
  onEvent(event: LiveEvent): void
  /** Whether events are heard from here on. Those of a time when they were not, because the database was away, are never told. */
  onListening?(isListening: boolean): void
}

/** Announces committed changes to every process on the database, and hears those of all. */
export class Live {
  readonly #database: Database
  readonly #databaseUrl: string
  readonly #log: Log
  readonly #listeners = new Set<LiveListener>()
  readonly #closing = new AbortController()
  #pending = new Map<string, LiveEvent>()
  #timer: NodeJS.Timeout | undefined
  #sending: Promise<void> = Promise.resolve()
  #running: Promise<void> | undefined
  #isListening = false

  constructor(database: Database, databaseUrl: string, log: Log) {
    this.#database = database
    this.#databaseUrl = databaseUrl
    this.#log = log
  }

  /** Announces changes that have been committed. Equal ones within a few milliseconds are announced once. */
  announce(...events: LiveEvent[]): void {
    for (const event of events) {
      const key = JSON.stringify(event.type === 'assessment' ? event : { ...event, change: '' })
      const earlier = this.#pending.get(key)
      if (earlier !== undefined && 'change' in earlier && earlier.change === 'created') continue
      this.#pending.set(key, event)
    }
    if (this.#pending.size > 0 && !this.#closing.signal.aborted) {
      this.#timer ??= setTimeout(() => {
        this.#sending = this.#send()
      }, gatheringMs)
    }
  }

  async #send(): Promise<void> {
    this.#timer = undefined
    const payloads = [...this.#pending.values()]
      .map((event) => JSON.stringify(event))
      .filter((payload) => Buffer.byteLength(payload) < largestPayload)
    this.#pending = new Map()
    try {
      // Nobody waits for an announcement to be on disk: whoever was told of it then reads what is.
      await this.#database.rows(
        sql`SELECT set_config('synchronous_commit', 'off', true), pg_notify(${channel}, payload)
          FROM unnest(${payloads}::text[]) AS payload`,
      )
    } catch (error) {
      this.#log.warn('live events could not be announced', { reason: String(error), count: payloads.length })
    }
  }

  /** Hears every announced event, of any process, until the returned function is called. */
  subscribe(listener: LiveListener): () => void {
    this.#listeners.add(listener)
    this.#running ??= this.#listen()
    if (this.#isListening) this.#tell((each) => each.onListening?.(true), [listener])
    return () => this.#listeners.delete(listener)
  }

  async #listen(): Promise<void> {
    let delayMs = 100
    while (!this.#closing.signal.aborted) {
      const client = new pg.Client({
        ...connectionSettings(this.#databaseUrl),
        connectionTimeoutMillis: 10_000,
      })
      try {
        const ended = new Promise<void>((resolve) => {
          client.once('end', resolve)
          client.on('error', () => resolve())
          this.#closing.signal.addEventListener('abort', () => resolve(), { once: true })
        })
        client.on('notification', ({ payload }) => this.#hear(payload ?? ''))
        await client.connect()
        await client.query(`LISTEN ${channel}`)
        delayMs = 100
        this.#setListening(true)
        await ended
      } catch (error) {
        this.#log.warn('live events cannot be heard', { reason: String(error) })
      } finally {
        this.#setListening(false)
        await client.end().catch(() => {})
      }
      await sleep(delayMs, undefined, { signal: this.#closing.signal }).catch(() => {})
      delayMs = Math.min(delayMs * 2, 5_000)
    }
  }

  #setListening(isListening: boolean): void {
    if (isListening === this.#isListening) return
    this.#isListening = isListening
    this.#tell((listener) => listener.onListening?.(isListening))
  }

  #hear(payload: string): void {
    const event: LiveEvent = JSON.parse(payload)
    this.#tell((listener) => listener.onEvent(event))
  }

  #tell(what: (listener: LiveListener) => void, listeners: Iterable<LiveListener> = this.#listeners): void {
    for (const listener of listeners) {
      try {
        what(listener)
      } catch (error) {
        this.#log.error('a reader of live events failed', { reason: String(error) })
      }
    }
  }

  async close(): Promise<void> {
    if (this.#timer !== undefined) {
      clearTimeout(this.#timer)
      this.#sending = this.#send()
    }
    await this.#sending
    this.#closing.abort()
    await this.#running
  }
}
