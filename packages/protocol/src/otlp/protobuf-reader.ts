const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/** Says that bytes are not the protobuf they should be. Callers turn it into a `VoxtraceError` or reject one span. */
export class MalformedProtobuf extends Error {}

/** Short texts of ASCII that were read lately, by a hash of their bytes: keys and names come again with every span. */
const shortTexts = new Array<string>(1024).fill('')
const longestShort = 40

const wireType = { varint: 0, fixed64: 1, bytes: 2, groupStart: 3, groupEnd: 4, fixed32: 5 } as const

/**
 * Reads protobuf's wire format (protobuf.dev/programming-guides/encoding) from a stretch of bytes.
 *
 * `end` is where the message being read stops; `enter` and `leave` narrow it to an embedded message and back.
 * Every read that would pass `end` throws `MalformedProtobuf`.
 */
export class ProtobufReader {
  readonly bytes: Uint8Array
  readonly #view: DataView
  position: number
  end: number

  constructor({ buffer, byteOffset, byteLength }: Uint8Array) {
    // Not the given one, which may be a Buffer of Node's, whose `subarray` costs several times as much.
    const bytes = new Uint8Array(buffer, byteOffset, byteLength)
    this.bytes = bytes
    this.#view = new DataView(buffer, byteOffset, byteLength)
    this.position = 0
    this.end = byteLength
  }

  get atEnd(): boolean {
    return this.position >= this.end
  }

  /** Reads a field's tag: field number times 8 plus wire type. */
  tag(): number {
    const tag = this.uint32()
    if (tag >>> 3 === 0) throw new MalformedProtobuf(`field number 0 at byte ${this.position}`)
    return tag
  }

  /** Reads a varint and keeps its lowest 32 bits, unsigned. */
  uint32(): number {
    const bytes = this.bytes
    const end = this.end
    let result = 0
    let shift = 0
    let position = this.position
    for (let count = 0; count < 10; count++) {
      if (position >= end) throw this.#truncated()
      const byte = bytes[position++] ?? 0
      if (shift < 32) result |= (byte & 0x7f) << shift
      if (byte < 0x80) {
        this.position = position
        return result >>> 0
      }
      shift += 7
    }
    throw new MalformedProtobuf(`a varint of more than 10 bytes at byte ${this.position}`)
  }

  /** Reads an int64 varint: a number when it is a safe integer, else its decimal digits. */
  int64(): number | string {
    const bytes = this.bytes
    const first = bytes[this.position] ?? 0x80
    if (first < 0x80 && this.position < this.end) {
      this.position++
      return first
    }
    let low = 0
    let high = 0
    let position = this.position
    for (let count = 0; count < 10; count++) {
      if (position >= this.end) throw this.#truncated()
      const byte = bytes[position++] ?? 0
      const bits = byte & 0x7f
      if (count < 4) low |= bits << (7 * count)
      else if (count === 4) {
        low |= bits << 28
        high |= bits >>> 4
      } else high |= bits << (7 * count - 32)
      if (byte < 0x80) {
        this.position = position
        return signed64(low >>> 0, high | 0)
      }
    }
    throw new MalformedProtobuf(`a varint of more than 10 bytes at byte ${this.position}`)
  }

  bool(): boolean {
    return this.int64() !== 0
  }

  /** Reads a fixed64 as nanoseconds or any other unsigned 64-bit number. */
  fixed64(): bigint {
    const at = this.#advance(8)
    return this.#view.getBigUint64(at, true)
  }

  double(): number {
    const at = this.#advance(8)
    return this.#view.getFloat64(at, true)
  }

  /** Reads length-delimited bytes as a view, not a copy. */
  byteString(): Uint8Array {
    const length = this.uint32()
    const at = this.#advance(length)
    return this.bytes.subarray(at, at + length)
  }

  /** Reads a string; bytes that are not UTF-8 become U+FFFD, as a cut-off character is no reason to lose a span. */
  string(): string {
    const length = this.uint32()
    const at = this.#advance(length)
    return length > longestShort ? this.#decoded(at, length) : this.#shortText(at, length)
  }

  #shortText(at: number, length: number): string {
    const bytes = this.bytes
    let hash = length
    let all = 0
    for (let index = at; index < at + length; index++) {
      const byte = bytes[index] ?? 0
      all |= byte
      hash = (Math.imul(hash, 31) + byte) | 0
    }
    if (all >= 0x80) return this.#decoded(at, length)
    const place = (hash ^ (hash >>> 10)) & 1023
    const known = shortTexts[place] ?? ''
    if (known.length === length) {
      let index = 0
      while (index < length && known.charCodeAt(index) === bytes[at + index]) index++
      if (index === length) return known
    }
    const text = this.#decoded(at, length)
    shortTexts[place] = text
    return text
  }

  #decoded(at: number, length: number): string {
    return utf8.decode(this.bytes.subarray(at, at + length))
  }

  /** Reads the length of an embedded message and narrows the reader to it; gives the end to hand to `leave`. */
  enter(): number {
    const length = this.uint32()
    const outerEnd = this.end
    if (length > outerEnd - this.position) throw this.#truncated()
    this.end = this.position + length
    return outerEnd
  }

  leave(outerEnd: number): void {
    this.position = this.end
    this.end = outerEnd
  }

  /** Passes over a field that nobody reads, groups included. */
  skip(tag: number): void {
    let depth = 0
    let current = tag
    do {
      const type = current & 7
      if (type === wireType.varint) this.int64()
      else if (type === wireType.fixed64) this.#advance(8)
      else if (type === wireType.bytes) this.#advance(this.uint32())
      else if (type === wireType.fixed32) this.#advance(4)
      else if (type === wireType.groupStart) depth++
      else if (type === wireType.groupEnd && depth > 0) depth--
      else throw new MalformedProtobuf(`wire type ${type} at byte ${this.position}`)
      if (depth > 0) current = this.tag()
    } while (depth > 0)
  }

  #advance(length: number): number {
    const at = this.position
    if (length > this.end - at) throw this.#truncated()
    this.position = at + length
    return at
  }

  #truncated(): MalformedProtobuf {
    return new MalformedProtobuf(
      `the message ends in the middle of a field that begins near byte ${this.position}`,
    )
  }
}

function signed64(low: number, high: number): number | string {
  if (high >= -0x200000 && high < 0x200000) {
    const value = high * 0x100000000 + low
    if (Number.isSafeInteger(value)) return value
  }
  return ((BigInt(high) << 32n) | BigInt(low)).toString()
}
