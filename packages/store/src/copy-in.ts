import { EventEmitter } from 'node:events'
import type pg from 'pg'
import type { Member } from './flight.ts'

/** How much is sent in one CopyData message. */
const largestChunkBytes = 256 * 1024

/** Ids, names and codes are no longer. */
const longestShort = 40

const signature = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1')
const copyDone = Buffer.from([0x63, 0, 0, 0, 4])

/**
 * Rows in PostgreSQL's binary COPY form, already cut into the protocol's CopyData messages
 * (postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.4, protocol-message-formats.html). Every row must give as many
 * fields as `begin` says, each of the type of its column.
 */
export class BinaryRows {
  readonly #messages: Buffer[] = []
  readonly #chunkBytes: number
  #buffer: Buffer
  /** Of the same bytes: V8 writes numbers through it in a few instructions. */
  #view: DataView
  #position = 5

  /** @param chunkBytes about how much is to be expected, or how much goes into one message */
  constructor(chunkBytes = largestChunkBytes) {
    this.#chunkBytes = chunkBytes
    this.#buffer = openMessage(chunkBytes)
    this.#view = viewOf(this.#buffer)
    this.#position += signature.copy(this.#buffer, this.#position)
    this.#int32(0)
    this.#int32(0)
  }

  begin(fields: number): void {
    this.#reserve(2)
    this.#view.setInt16(this.#position, fields)
    this.#position += 2
  }

  /** A field of type text or json. */
  text(value: string | null): void {
    if (value === null) {
      this.#null()
      return
    }
    this.#reserve(4 + value.length * 3)
    const written = this.#shortAscii(value) ?? this.#buffer.write(value, this.#position + 4)
    this.#int32(written)
    this.#position += written
  }

  /** A field of type jsonb: a version, then the text. */
  jsonb(text: string): void {
    this.#reserve(5 + text.length * 3)
    const written = this.#buffer.write(text, this.#position + 5)
    this.#int32(written + 1)
    this.#buffer[this.#position] = 1
    this.#position += written + 1
  }

  bigint(value: bigint | number | null): void {
    if (value === null) {
      this.#null()
      return
    }
    this.#reserve(12)
    this.#int32(8)
    this.#view.setBigInt64(this.#position, BigInt(value))
    this.#position += 8
  }

  integer(value: number): void {
    this.#reserve(8)
    this.#int32(4)
    this.#int32(value)
  }

  /** A field of type double precision. */
  double(value: number | null): void {
    if (value === null) {
      this.#null()
      return
    }
    this.#reserve(12)
    this.#int32(8)
    this.#view.setFloat64(this.#position, value)
    this.#position += 8
  }

  boolean(value: boolean): void {
    this.#reserve(5)
    this.#int32(1)
    this.#buffer[this.#position++] = value ? 1 : 0
  }

  /** The messages, after which nothing may be added. */
  finish(): Buffer[] {
    this.#reserve(2)
    this.#position = this.#buffer.writeInt16BE(-1, this.#position)
    this.#seal()
    this.#messages.push(copyDone)
    return this.#messages
  }

  #null(): void {
    this.#reserve(4)
    this.#int32(-1)
  }

  #int32(value: number): void {
    this.#view.setInt32(this.#position, value)
    this.#position += 4
  }

  /** Writes a text behind its length to come if it is short and of ASCII alone, which costs less than a call into Node. */
  #shortAscii(value: string): number | null {
    const { length } = value
    if (length > longestShort) return null
    const at = this.#position + 4
    for (let index = 0; index < length; index++) {
      const code = value.charCodeAt(index)
      if (code > 0x7f) return null
      this.#buffer[at + index] = code
    }
    return length
  }

  #reserve(bytes: number): void {
    if (this.#position + bytes <= this.#buffer.length) return
    this.#seal()
    this.#buffer = openMessage(Math.max(this.#chunkBytes, bytes + 5))
    this.#view = viewOf(this.#buffer)
    this.#position = 5
  }

  /** Writes the message's length, which counts itself and what follows, before the content. */
  #seal(): void {
    this.#buffer.writeInt32BE(this.#position - 1, 1)
    this.#messages.push(this.#buffer.subarray(0, this.#position))
  }
}

function viewOf({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength)
}

/** Large buffers to be used again: allocating them by the hundred every second has V8 collect its whole heap for them. */
const spareBuffers: Buffer[] = []
const mostSpareBuffers = 8

function openMessage(bytes: number): Buffer {
  const buffer = (bytes === largestChunkBytes ? spareBuffers.pop() : undefined) ?? Buffer.allocUnsafe(bytes)
  buffer[0] = 0x64
  return buffer
}

/**
 * A COPY … FROM STDIN statement with what it copies, as `pg` submits statements. The rows follow the statement at once;
 * where the statement is refused, the server passes over them.
 */
export class CopyIn extends EventEmitter<{ end: [[]]; error: [Error] }> implements Member {
  readonly #text: string
  readonly #messages: Buffer[]

  constructor(text: string, messages: Buffer[]) {
    super()
    this.#text = text
    this.#messages = messages
  }

  submit(connection: pg.Connection): void {
    connection.query(this.#text)
    for (const message of this.#messages) connection.stream.write(message)
  }

  handleCopyInResponse(): void {}

  handleCommandComplete(): void {}

  handleError(error: Error): void {
    this.emit('error', error)
  }

  handleReadyForQuery(): void {
    // All of them have been read, or there would be another answer.
    for (const { buffer } of this.#messages) {
      if (buffer.byteLength === largestChunkBytes && spareBuffers.length < mostSpareBuffers)
        spareBuffers.push(Buffer.from(buffer))
    }
    this.emit('end', [])
  }
}
