import type { JudgedBesidePeople } from '@voxtrace/protocol'
import { sql } from 'kysely'
import type { Database } from './database.ts'
import { isExperimentId } from './experiments.ts'

export interface AgreementQuery {
  experimentId: string
  /** Traces that began from `fromMs` on and before `toMs`, in milliseconds since the epoch. */
  fromMs: number
  toMs: number
}

/** So many of the turns that judge and people see most differently are named. */
const mostApart = 5

/** Scores of judges beside those that people gave the same turns. */
export class Agreements {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * Each judge and criterion that people scored too. A person's score counts once, as it is now; a turn that two people
   * scored counts with each. People are set beside each other as well, each two of them once.
   */
  async list({ experimentId, fromMs, toMs }: AgreementQuery): Promise<JudgedBesidePeople[]> {
    if (!isExperimentId(experimentId)) return []
    return this.#database.rows(sql<JudgedBesidePeople>`
      WITH scored AS MATERIALIZED (
        SELECT DISTINCT ON (a.trace_id, a.span_id, a.name, a.source_type, a.source_id)
          a.trace_id, a.span_id, a.name, a.source_type, a.source_id, ${level} AS level
        FROM traces t JOIN assessments a ON a.trace_id = t.trace_id
        WHERE t.experiment_id = ${experimentId}::bigint
          AND t.request_time_ms >= ${fromMs}::bigint AND t.request_time_ms < ${toMs}::bigint
          AND a.kind = 'feedback' AND a.valid
          AND EXISTS (SELECT FROM assessments h
            WHERE h.trace_id = t.trace_id AND h.source_type = 'HUMAN' AND h.kind = 'feedback')
        ORDER BY a.trace_id, a.span_id, a.name, a.source_type, a.source_id, a.last_update_time_ms DESC, a.assessment_id
      ), paired AS (
        SELECT h.trace_id, h.span_id, h.name, o.source_type, h.level AS people, o.level AS score,
          CASE o.source_type WHEN 'HUMAN' THEN '' ELSE o.source_id END AS source_id
        FROM scored h JOIN scored o
          ON o.trace_id = h.trace_id AND o.span_id IS NOT DISTINCT FROM h.span_id AND o.name = h.name
        WHERE h.source_type = 'HUMAN' AND (o.source_type <> 'HUMAN' OR o.source_id > h.source_id)
          AND h.level BETWEEN 1 AND 5 AND o.level BETWEEN 1 AND 5
      ), counted AS (
        SELECT name, source_type, source_id, json_agg(json_build_object(
          'score', score, 'people', people, 'count', count) ORDER BY score, people) AS pairs
        FROM (SELECT name, source_type, source_id, score, people, count(*)::int AS count
          FROM paired GROUP BY name, source_type, source_id, score, people) AS cells
        GROUP BY name, source_type, source_id
      ), widest AS (
        SELECT name, source_type, source_id, json_agg(json_build_object(
          'traceId', trace_id, 'spanId', span_id, 'score', score, 'people', people) ORDER BY place) AS apart
        FROM (SELECT *, row_number() OVER (PARTITION BY name, source_type, source_id
            ORDER BY abs(score - people) DESC, trace_id, span_id) AS place
          FROM paired WHERE abs(score - people) >= 2) AS differing
        WHERE place <= ${mostApart} GROUP BY name, source_type, source_id
      )
      SELECT c.name, c.source_type AS "sourceType", c.source_id AS "sourceId", c.pairs, coalesce(w.apart, '[]') AS apart
      FROM counted c LEFT JOIN widest w USING (name, source_type, source_id)
      ORDER BY c.name, c.source_type = 'HUMAN', c.source_id`)
  }
}

/** A score that is a number, rounded; null for any other value. */
const level = sql`CASE WHEN json_typeof(a.value) = 'number' THEN round((a.value #>> '{}')::numeric)::int END`
