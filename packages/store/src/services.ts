import type { JsonObject } from '@voxtrace/model'
import { sql } from 'kysely'
import type { Database } from './database.ts'
import { jsonText } from './json-text.ts'

/** What a service last said of itself: the models it uses, its version, whatever helps the reader. */
export interface ServiceReport {
  /** `server`, `judge`, `bot` … */
  service: string
  /** Tells several processes of one service apart, such as host and process id. */
  instance: string
  details: JsonObject
}

const forgottenAfterMs = 24 * 3600 * 1000

/** Services on the database and when each was last seen. */
export class Services {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** To be called at start and every ten seconds or so. */
  async report(report: ServiceReport): Promise<void> {
    await this.#database.rows(sql`
      INSERT INTO services (service, instance, details, last_seen_ms)
      VALUES (${report.service}, ${report.instance}, ${jsonText(report.details)}::json, ${Date.now()})
      ON CONFLICT (service, instance) DO UPDATE SET details = EXCLUDED.details, last_seen_ms = EXCLUDED.last_seen_ms`)
  }

  /** Takes a service off the list, when it stops in order. */
  async leave(service: string, instance: string): Promise<void> {
    await this.#database.rows(sql`DELETE FROM services WHERE service = ${service} AND instance = ${instance}`)
  }

  /** Services of the last day, latest first. */
  async list(): Promise<(ServiceReport & { lastSeenMs: number })[]> {
    return this.#database.rows(sql<ServiceReport & { lastSeenMs: number }>`
      SELECT service, instance, details, last_seen_ms AS "lastSeenMs" FROM services
      WHERE last_seen_ms > ${Date.now() - forgottenAfterMs} ORDER BY last_seen_ms DESC`)
  }
}
