import { type Json, VoxtraceError } from '@voxtrace/model'
import { sql } from 'kysely'
import type { Database } from './database.ts'
import { jsonText, storableText } from './json-text.ts'
import type { RecordingKey } from './recording-parts.ts'

/** How far the sound of a recording has been read. */
interface ReadingProgress {
  /** Bytes that have been read. */
  bytes: number
  /** What the reader needs to go on; null at the beginning. */
  state: Json
  /** Buckets of the envelope that have been written. */
  buckets: number
  /** Why it cannot be read any further. */
  problem: string | null
}

/** A place in the bytes of a recording at which it can be taken up, and the time there as the file counts it. */
export interface RecordingCue {
  byte: number
  time: number
}

interface EnvelopePart extends ReadingProgress {
  /** The envelope of what was read: three bytes a channel and bucket. */
  data: Buffer
  durationMs: number
  /** Of the stretch that was read. */
  cues: RecordingCue[]
}

/** What reading the sound of recordings gave: their envelopes and cues, made once and kept. */
export class RecordingEnvelopes {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** @throws VoxtraceError RESOURCE_DOES_NOT_EXIST */
  async progress(key: RecordingKey): Promise<ReadingProgress> {
    const [row] = await this.#database.rows(sql<ReadingProgress>`
      SELECT read_bytes AS bytes, read_state AS state, read_buckets AS buckets, read_problem AS problem
      FROM recordings WHERE trace_id = ${storableText(key.traceId)} AND recording_id = ${key.recordingId}`)
    if (row !== undefined) return row
    throw new VoxtraceError(
      'RESOURCE_DOES_NOT_EXIST',
      `Trace ${key.traceId} has no recording ${key.recordingId}.`,
    )
  }

  /** Adds what was read after `from`. False, and nothing happens, when another process has been there first. */
  async extend(key: RecordingKey, from: ReadingProgress, part: EnvelopePart): Promise<boolean> {
    const traceId = storableText(key.traceId)
    return this.#database.transaction(async (transaction) => {
      const [moved] = await transaction.rows(sql<{ cues: number }>`
        UPDATE recordings SET read_bytes = ${part.bytes}, read_state = ${jsonText(part.state)}::json, read_buckets = ${part.buckets},
          read_problem = ${part.problem}, duration_ms = ${part.durationMs}, cues = cues + ${part.cues.length}
        WHERE trace_id = ${traceId} AND recording_id = ${key.recordingId} AND read_bytes = ${from.bytes}
          AND read_buckets = ${from.buckets} AND read_problem IS NULL
        RETURNING cues`)
      if (moved === undefined) return false
      if (part.data.length > 0) {
        await transaction.rows(sql`
          INSERT INTO recording_envelopes (trace_id, recording_id, first_bucket, data, from_byte, from_state)
          VALUES (${traceId}, ${key.recordingId}, ${from.buckets}, ${part.data}, ${from.bytes}, ${jsonText(from.state)}::json)`)
      }
      if (part.cues.length > 0) {
        const bytes = part.cues.map(({ byte }) => byte)
        const times = part.cues.map(({ time }) => time)
        await transaction.rows(sql`
          INSERT INTO recording_cues (trace_id, recording_id, number, byte, time)
          SELECT ${traceId}, ${key.recordingId}, ${moved.cues - part.cues.length} + number, byte, time
          FROM unnest(${bytes}::bigint[], ${times}::bigint[]) WITH ORDINALITY AS t (byte, time, number)`)
      }
      return true
    })
  }

  /** The first so many cues of a recording, in order. */
  async cues(key: RecordingKey, count: number): Promise<RecordingCue[]> {
    return this.#database.rows(sql<RecordingCue>`
      SELECT byte, time FROM recording_cues
      WHERE trace_id = ${storableText(key.traceId)} AND recording_id = ${key.recordingId} AND number <= ${count}
      ORDER BY number`)
  }

  /** The stored parts of the envelope that reach into the buckets from `first` up to, not including, `end`. */
  async read(
    key: RecordingKey,
    first: number,
    end: number,
  ): Promise<{ firstBucket: number; data: Buffer }[]> {
    const traceId = storableText(key.traceId)
    return this.#database.rows(sql<{ firstBucket: number; data: Buffer }>`
      SELECT first_bucket AS "firstBucket", data FROM recording_envelopes
      WHERE trace_id = ${traceId} AND recording_id = ${key.recordingId} AND first_bucket < ${end}
        AND first_bucket >= coalesce((
          SELECT max(first_bucket) FROM recording_envelopes
          WHERE trace_id = ${traceId} AND recording_id = ${key.recordingId} AND first_bucket <= ${first}), 0)
      ORDER BY first_bucket`)
  }

  /** Where to take up reading so as to hear a bucket: the last place known before it. */
  async placeBefore(key: RecordingKey, bucket: number): Promise<{ bytes: number; state: Json }> {
    const [row] = await this.#database.rows(sql<{ bytes: number; state: Json }>`
      SELECT from_byte AS bytes, from_state AS state FROM recording_envelopes
      WHERE trace_id = ${storableText(key.traceId)} AND recording_id = ${key.recordingId} AND first_bucket <= ${bucket}
      ORDER BY first_bucket DESC LIMIT 1`)
    return row ?? { bytes: 0, state: null }
  }
}
