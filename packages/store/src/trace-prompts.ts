import { traceTags, VoxtraceError } from '@voxtrace/model'
import { sql } from 'kysely'
import type { Database } from './database.ts'
import { jsonText, storableText } from './json-text.ts'
import type { Live } from './live.ts'

export interface PromptReference {
  name: string
  version: string
}

/** The prompts that traces used, which MLflow keeps in a tag of the trace as a JSON list. */
export class TracePrompts {
  readonly #database: Database
  readonly #live: Live

  constructor(database: Database, live: Live) {
    this.#database = database
    this.#live = live
  }

  /** Adds prompts to those that a trace is known to have used. @throws VoxtraceError RESOURCE_DOES_NOT_EXIST */
  async link(traceId: string, prompts: PromptReference[]): Promise<void> {
    const id = storableText(traceId)
    const experimentId = await this.#database.transaction(async (transaction) => {
      const [trace] = await transaction.rows(sql<{ experimentId: string; linked: string | null }>`
        SELECT experiment_id::text AS "experimentId", tags ->> ${traceTags.linkedPrompts}::text AS linked
        FROM traces WHERE trace_id = ${id} FOR NO KEY UPDATE`)
      if (trace === undefined) {
        throw new VoxtraceError('RESOURCE_DOES_NOT_EXIST', `Trace with ID '${traceId}' not found.`)
      }
      const linked = new Map(
        [...readLinked(trace.linked), ...prompts].map(({ name, version }) => [
          `${name}/${version}`,
          { name, version },
        ]),
      )
      const tag = { [traceTags.linkedPrompts]: storableText(JSON.stringify([...linked.values()])) }
      await transaction.rows(
        sql`UPDATE traces SET tags = tags || ${jsonText(tag)}::jsonb WHERE trace_id = ${id}`,
      )
      return trace.experimentId
    })
    this.#live.announce({ type: 'trace', traceId, experimentId, change: 'updated' })
  }
}

/** The list of the tag; a tag that a client wrote as something else lists nothing. */
function readLinked(text: string | null): PromptReference[] {
  if (text === null) return []
  try {
    const list: unknown = JSON.parse(text)
    return Array.isArray(list) ? list.filter(isReference) : []
  } catch {
    return []
  }
}

function isReference(value: unknown): value is PromptReference {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    typeof value.name === 'string' &&
    'version' in value &&
    typeof value.version === 'string'
  )
}
