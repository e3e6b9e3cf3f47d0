import {
  type Recording,
  type RecordingChannel,
  type RecordingContentType,
  VoxtraceError,
} from '@voxtrace/model'
import { type RawBuilder, sql } from 'kysely'
import type { Connection, Database } from './database.ts'
import { storableText } from './json-text.ts'
import type { Live } from './live.ts'
import { type RecordingKey, readParts, writeParts } from './recording-parts.ts'

/** What a recording is, as whoever attaches it says. */
interface NewRecording extends RecordingKey {
  contentType: RecordingContentType
  /** `mixed` when left out. */
  channels?: RecordingChannel[] | undefined
  /** Nanoseconds since the epoch at the first sample; when its trace began, if left out. */
  startTimeUnixNano?: bigint | undefined
  /** Added to the start, in milliseconds. */
  offsetMs?: number | undefined
}

interface RecordingPart extends RecordingKey {
  /** How many bytes of the recording came before these. */
  offset: number
  bytes: Buffer
  /** Whether the recording ends here. */
  complete: boolean
}

const largestRecordingBytes = 2 * 1024 ** 3
/** Recordings are swept in transactions of so many. */
const batchSize = 100

type RecordingRow = Omit<Recording, 'startTimeUnixNano'> & { startTimeUnixNano: string }

const columns = sql`
  trace_id AS "traceId", recording_id AS "recordingId", content_type AS "contentType", channels,
  start_time_ns::text AS "startTimeUnixNano", size_bytes AS "sizeBytes", complete, duration_ms AS "durationMs", cues,
  create_time_ms AS "createTimeMs", last_update_time_ms AS "lastUpdateTimeMs"`

const fromRow = (row: RecordingRow): Recording => ({
  ...row,
  startTimeUnixNano: BigInt(row.startTimeUnixNano),
})

/** Sound attached to traces. */
export class Recordings {
  readonly #database: Database
  readonly #live: Live

  constructor(database: Database, live: Live) {
    this.#database = database
    this.#live = live
  }

  /**
   * Begins a recording; begun again with the same facts, it stays as it is. Its trace need not have arrived yet.
   *
   * @throws VoxtraceError RESOURCE_CONFLICT when it was begun as something else; RESOURCE_DOES_NOT_EXIST when its start
   * is left out and its trace is unknown
   */
  async begin(recording: NewRecording): Promise<Recording> {
    const { recordingId, contentType, channels = ['mixed'] } = recording
    const traceId = storableText(recording.traceId)
    const known = await this.#find({ traceId, recordingId })
    if (known !== null) return agreeing(known, recording)
    const start = (recording.startTimeUnixNano ?? (await this.#startOfTrace(traceId))) + offsetOf(recording)
    const now = Date.now()
    const [row] = await this.#database.rows(sql<RecordingRow>`
      INSERT INTO recordings (trace_id, recording_id, content_type, channels, start_time_ns, create_time_ms, last_update_time_ms)
      VALUES (${traceId}, ${recordingId}, ${contentType}, ${channels}::text[], ${start.toString()}::bigint, ${now}, ${now})
      ON CONFLICT DO NOTHING RETURNING ${columns}`)
    if (row === undefined) return agreeing(await this.get({ traceId, recordingId }), recording)
    await this.#announce(traceId)
    return fromRow(row)
  }

  /**
   * Appends bytes. Those that are there already are compared and skipped, so that a part may be sent as often as wanted.
   *
   * @throws VoxtraceError RESOURCE_CONFLICT when bytes are missing before these, others are there in their place, or the
   * recording has ended; RESOURCE_DOES_NOT_EXIST when it was never begun; REQUEST_TOO_LARGE above 2 GB
   */
  async append({ traceId, recordingId, offset, bytes, complete }: RecordingPart): Promise<Recording> {
    const key = { traceId: storableText(traceId), recordingId }
    const { row, ended } = await this.#database.transaction(async (transaction) => {
      const [known] = await transaction.rows(
        sql<RecordingRow>`SELECT ${columns} FROM recordings WHERE ${is(key)} FOR UPDATE`,
      )
      if (known === undefined) throw noRecording(key)
      const size = known.sizeBytes
      if (offset > size) {
        throw new VoxtraceError(
          'RESOURCE_CONFLICT',
          `Recording ${recordingId} has ${size} bytes, and these belong at ${offset}. Send what is missing first, from offset=${size}.`,
        )
      }
      await compare(transaction, key, offset, bytes.subarray(0, size - offset))
      const fresh = bytes.subarray(size - offset)
      if (fresh.length > 0 && known.complete) {
        throw new VoxtraceError(
          'RESOURCE_CONFLICT',
          `Recording ${recordingId} is complete with ${size} bytes; nothing can be added. Attach more as another recording.`,
        )
      }
      if (size + fresh.length > largestRecordingBytes) {
        throw new VoxtraceError(
          'REQUEST_TOO_LARGE',
          `Recording ${recordingId} would be larger than 2 GB. Go on with another recording, with a start time of its own.`,
        )
      }
      if (fresh.length === 0 && (known.complete || !complete)) return { row: known, ended: false }
      await writeParts(transaction, key, size, fresh)
      const [row] = await transaction.rows(sql<RecordingRow>`
        UPDATE recordings SET size_bytes = ${size + fresh.length}, complete = complete OR ${complete}, last_update_time_ms = ${Date.now()}
        WHERE ${is(key)} RETURNING ${columns}`)
      if (row === undefined) throw new Error('the recording was not written')
      return { row, ended: row.complete && !known.complete }
    })
    if (ended) await this.#announce(key.traceId)
    return fromRow(row)
  }

  /** The recordings of a trace, earliest first. */
  async ofTrace(traceId: string): Promise<Recording[]> {
    const rows = await this.#database.rows(sql<RecordingRow>`
      SELECT ${columns} FROM recordings WHERE trace_id = ${storableText(traceId)} ORDER BY start_time_ns, recording_id`)
    return rows.map(fromRow)
  }

  /** @throws VoxtraceError RESOURCE_DOES_NOT_EXIST */
  async get(key: RecordingKey): Promise<Recording> {
    const recording = await this.#find(key)
    if (recording === null) throw noRecording(key)
    return recording
  }

  /** The bytes from `from` up to, not including, `to`, in pieces; it ends early when the recording does. */
  read(key: RecordingKey, from: number, to: number): AsyncGenerator<Buffer> {
    return readParts(this.#database, { ...key, traceId: storableText(key.traceId) }, from, to)
  }

  /** Corrects when a recording began, or what its channels carry. @throws VoxtraceError RESOURCE_DOES_NOT_EXIST */
  async correct(
    key: RecordingKey,
    change: { startTimeUnixNano?: bigint | undefined; channels?: RecordingChannel[] | undefined },
  ): Promise<Recording> {
    const traceId = storableText(key.traceId)
    const corrected = await this.#database.transaction(async (transaction) => {
      const [row] = await transaction.rows(sql<RecordingRow>`
        UPDATE recordings SET
          start_time_ns = coalesce(${change.startTimeUnixNano?.toString() ?? null}::bigint, start_time_ns),
          channels = coalesce(${change.channels ?? null}::text[], channels),
          last_update_time_ms = ${Date.now()}
        WHERE ${is({ ...key, traceId })} RETURNING ${columns}`)
      if (row === undefined) throw noRecording(key)
      // The envelope has a place for each channel, so it is made again.
      if (change.channels !== undefined) await forgetEnvelope(transaction, { ...key, traceId })
      return fromRow(row)
    })
    await this.#announce(traceId)
    return corrected
  }

  /** @throws VoxtraceError RESOURCE_DOES_NOT_EXIST */
  async delete(key: RecordingKey): Promise<void> {
    const traceId = storableText(key.traceId)
    await this.#database.transaction(async (transaction) => {
      for (const [index, table] of recordingTables.entries()) {
        const deleted = await transaction.changes(
          sql`DELETE FROM ${sql.table(table)} WHERE ${is({ ...key, traceId })}`,
        )
        if (index === 0 && deleted === 0) throw noRecording(key)
      }
    })
    await this.#announce(traceId)
  }

  /**
   * Deletes recordings whose trace is unknown and that have not grown for `forMs`, a hundred at a time.
   *
   * @returns how many
   */
  async deleteWithoutTrace(forMs: number): Promise<number> {
    let deleted = 0
    for (let found = batchSize; found === batchSize; deleted += found) {
      found = await this.#database.transaction(async (transaction) => {
        const forgotten = sql`last_update_time_ms < ${Date.now() - forMs}
          AND NOT EXISTS (SELECT FROM traces t WHERE t.trace_id = r.trace_id)`
        const rows = await transaction.rows(sql<RecordingKey>`
          SELECT trace_id AS "traceId", recording_id AS "recordingId" FROM recordings r
          WHERE ${forgotten} ORDER BY trace_id, recording_id LIMIT ${batchSize}`)
        // Locked like every writer locks it, so that one that grows again meanwhile stays whole.
        const locked = await transaction.rowsOfEach(
          rows.map(
            (key) => sql<RecordingKey>`
              SELECT trace_id AS "traceId", recording_id AS "recordingId" FROM recordings r
              WHERE ${is(key)} AND ${forgotten} FOR UPDATE`,
          ),
        )
        for (const key of locked.flat()) {
          for (const table of recordingTables) {
            await transaction.changes(sql`DELETE FROM ${sql.table(table)} WHERE ${is(key)}`)
          }
        }
        return rows.length
      })
    }
    return deleted
  }

  async #find(key: RecordingKey): Promise<Recording | null> {
    const [row] = await this.#database.rows(
      sql<RecordingRow>`SELECT ${columns} FROM recordings WHERE ${is({ ...key, traceId: storableText(key.traceId) })}`,
    )
    return row === undefined ? null : fromRow(row)
  }

  async #startOfTrace(traceId: string): Promise<bigint> {
    const [trace] = await this.#database.rows(sql<{ start: string }>`
      SELECT coalesce(root_start_ns, first_start_ns, request_time_ms * 1000000)::text AS start
      FROM traces WHERE trace_id = ${traceId}`)
    if (trace !== undefined) return BigInt(trace.start)
    throw new VoxtraceError(
      'RESOURCE_DOES_NOT_EXIST',
      `Trace with ID '${traceId}' not found, so its start is not known. Give start_time_unix_nano, or send the trace first.`,
    )
  }

  /** Tells readers of the trace that there is something to hear. */
  async #announce(traceId: string): Promise<void> {
    const [trace] = await this.#database.rows(sql<{ experimentId: string }>`
      SELECT experiment_id::text AS "experimentId" FROM traces WHERE trace_id = ${traceId}`)
    if (trace !== undefined) this.#live.announce({ type: 'trace', traceId, ...trace, change: 'updated' })
  }
}

/** Every table that has rows of a recording, the one that locks it first. */
export const recordingTables = [
  'recordings',
  'recording_parts',
  'recording_envelopes',
  'recording_cues',
] as const

/** The condition that a row is of this recording. */
function is({ traceId, recordingId }: RecordingKey): RawBuilder<unknown> {
  return sql`trace_id = ${traceId} AND recording_id = ${recordingId}`
}

/** Forgets what is known of the sound, so that it is read again from its beginning. */
async function forgetEnvelope(transaction: Connection, key: RecordingKey): Promise<void> {
  await transaction.rows(sql`DELETE FROM recording_envelopes WHERE ${is(key)}`)
  await transaction.rows(sql`DELETE FROM recording_cues WHERE ${is(key)}`)
  await transaction.rows(sql`
    UPDATE recordings SET read_bytes = 0, read_state = NULL, read_problem = NULL, read_buckets = 0, duration_ms = NULL, cues = 0
    WHERE ${is(key)}`)
}

/** @throws VoxtraceError RESOURCE_CONFLICT when other bytes are stored at `offset` */
async function compare(
  connection: Connection,
  key: RecordingKey,
  offset: number,
  bytes: Buffer,
): Promise<void> {
  let at = 0
  for await (const stored of readParts(connection, key, offset, offset + bytes.length)) {
    if (!bytes.subarray(at, at + stored.length).equals(stored)) {
      throw new VoxtraceError(
        'RESOURCE_CONFLICT',
        `Other bytes than these are stored in recording ${key.recordingId} from ${offset}. Choose another recording_id for another file, or delete this one first.`,
      )
    }
    at += stored.length
  }
}

function agreeing(known: Recording, wanted: NewRecording): Recording {
  const differs = [
    wanted.contentType !== known.contentType && `Content-Type ${known.contentType}`,
    wanted.channels !== undefined &&
      wanted.channels.join() !== known.channels.join() &&
      `channels=${known.channels}`,
    wanted.startTimeUnixNano !== undefined &&
      wanted.startTimeUnixNano + offsetOf(wanted) !== known.startTimeUnixNano &&
      `start ${known.startTimeUnixNano}`,
  ].filter((fact) => fact !== false)
  if (differs.length === 0) return known
  throw new VoxtraceError(
    'RESOURCE_CONFLICT',
    `Recording ${known.recordingId} of this trace was begun with ${differs.join(', ')}. Choose another recording_id, correct it with PATCH, or delete it first.`,
  )
}

function offsetOf({ offsetMs = 0 }: NewRecording): bigint {
  return BigInt(Math.round(offsetMs * 1e6))
}

function noRecording({ traceId, recordingId }: RecordingKey): VoxtraceError {
  return new VoxtraceError(
    'RESOURCE_DOES_NOT_EXIST',
    `Trace ${traceId} has no recording ${recordingId}. It begins with offset=0; a trace that is deleted loses its recordings.`,
  )
}
