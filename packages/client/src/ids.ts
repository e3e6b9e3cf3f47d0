import { randomFillSync } from 'node:crypto'

const poolBytes = 8192
const pool = Buffer.allocUnsafe(poolBytes)
let hex = ''
let offset = 0
const zeroTraceId = '0'.repeat(32)

/** Random lower-case hex digits. They are made a pool at a time, which costs a tenth of one at a time. */
function take(digits: number): string {
  if (offset + digits > hex.length) {
    randomFillSync(pool)
    hex = pool.toString('hex')
    offset = 0
  }
  const id = hex.slice(offset, offset + digits)
  offset += digits
  return id
}

/** 32 lower-case hex digits, never all zero. */
export function newTraceId(): string {
  const id = take(32)
  return id === zeroTraceId ? newTraceId() : id
}

/** 16 lower-case hex digits, never all zero. */
export function newSpanId(): string {
  const id = take(16)
  return id === '0000000000000000' ? newSpanId() : id
}
