import type { Operation } from '../operation.ts'
import { isRecord, parseObject } from '../outcome.ts'
import { crc32 } from './crc32.ts'

/**
 * A segment is a file of records, only ever appended to. A record is
 *
 *     length (u32 LE) · CRC-32 of the payload (u32 LE) · payload
 *     payload: length of the JSON (u32 LE) · the operation as JSON · the encoded spans, if it has any
 *
 * A record that was cut off or damaged ends the reading of a segment when its length cannot be right; otherwise it
 * alone is left out.
 */
const headerBytes = 8
const maxRecordBytes = 64 * 1024 * 1024
const kinds = new Set(['createRun', 'startTrace', 'spans', 'logBatch', 'endRun', 'feedback'])

/** A record in parts that follow each other, so that the spans are not copied. */
export function encodeRecord(operation: Operation): Uint8Array[] {
  const fields = operation.kind === 'spans' ? operation.fields : new Uint8Array()
  const json = Buffer.from(
    JSON.stringify(operation.kind === 'spans' ? { ...operation, fields: null } : operation),
  )
  const head = Buffer.allocUnsafe(headerBytes + 4 + json.length)
  head.writeUInt32LE(4 + json.length + fields.length, 0)
  head.writeUInt32LE(json.length, headerBytes)
  head.set(json, headerBytes + 4)
  head.writeUInt32LE(crc32(fields, crc32(head.subarray(headerBytes))), 4)
  return [head, fields]
}

export interface DecodedSegment {
  operations: Operation[]
  /** Records that were damaged, and bytes at the end that are no record. */
  damagedRecords: number
}

/** Reads a segment. Damage is counted, never thrown. */
export function decodeSegment(bytes: Buffer): DecodedSegment {
  const operations: Operation[] = []
  let damagedRecords = 0
  let position = 0
  while (position < bytes.length) {
    const length = position + headerBytes <= bytes.length ? bytes.readUInt32LE(position) : -1
    const start = position + headerBytes
    if (length < 4 || length > maxRecordBytes || start + length > bytes.length) {
      damagedRecords++
      break
    }
    const payload = bytes.subarray(start, start + length)
    const operation = crc32(payload) === bytes.readUInt32LE(position + 4) ? decodePayload(payload) : null
    if (operation === null) damagedRecords++
    else operations.push(operation)
    position = start + length
  }
  return { operations, damagedRecords }
}

/** The checksum says that we wrote it, so that only what another version wrote is looked for; null for that. */
function decodePayload(payload: Buffer): Operation | null {
  const jsonLength = payload.readUInt32LE(0)
  if (4 + jsonLength > payload.length) return null
  const value = parseObject(payload.toString('utf8', 4, 4 + jsonLength))
  if (value?.kind === 'spans') value.fields = new Uint8Array(payload.subarray(4 + jsonLength))
  return isOperation(value) ? value : null
}

function isOperation(value: unknown): value is Operation {
  return isRecord(value) && typeof value.kind === 'string' && kinds.has(value.kind)
}
