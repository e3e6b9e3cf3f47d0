import { sql } from 'kysely'
import type { Connection } from './database.ts'

export interface RecordingKey {
  traceId: string
  recordingId: string
}

const largestPartBytes = 256 * 1024
/** How much is read from the database at a time: little at first, since players that seek take little of what they ask for. */
const windowBytes = { first: 256 * 1024, most: 2 * 1024 * 1024 }

/** Writes bytes behind those that are stored. The caller holds the lock of the recording. */
export async function writeParts(
  transaction: Connection,
  { traceId, recordingId }: RecordingKey,
  position: number,
  bytes: Buffer,
): Promise<void> {
  for (let from = 0; from < bytes.length; from += largestPartBytes) {
    await transaction.rows(sql`
      INSERT INTO recording_parts (trace_id, recording_id, position, bytes)
      VALUES (${traceId}, ${recordingId}, ${position + from}, ${bytes.subarray(from, from + largestPartBytes)})`)
  }
}

/** The bytes from `from` up to, not including, `to`, or up to what is stored. */
export async function* readParts(
  connection: Connection,
  { traceId, recordingId }: RecordingKey,
  from: number,
  to: number,
): AsyncGenerator<Buffer> {
  let at = from
  let window = windowBytes.first
  while (at < to) {
    const parts = await connection.rows(sql<{ position: number; bytes: Buffer }>`
      SELECT position, bytes FROM recording_parts
      WHERE trace_id = ${traceId} AND recording_id = ${recordingId} AND position < ${Math.min(to, at + window)}::bigint
        AND position >= (
          SELECT max(position) FROM recording_parts
          WHERE trace_id = ${traceId} AND recording_id = ${recordingId} AND position <= ${at}::bigint)
      ORDER BY position`)
    for (const { position, bytes } of parts) {
      const piece = bytes.subarray(at - position, to - position)
      if (piece.length === 0) return
      yield piece
      at += piece.length
    }
    if (parts.length === 0) return
    window = Math.min(windowBytes.most, window * 2)
  }
}
