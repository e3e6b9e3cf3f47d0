const initialBytes = 4096
/** Strings up to this length are first tried as ASCII, byte by byte, which beats the call into the encoder. */
const shortString = 48
const textEncoder = new TextEncoder()

/**
 * Writes protobuf fields front to back into one growing buffer. The length of a nested message is not known before it
 * is written, so one byte is kept for it, and the message is moved when it needs more.
 */
export class ProtobufWriter {
  #buffer: Uint8Array<ArrayBuffer>
  #view: DataView
  #position = 0

  constructor(expectedBytes = initialBytes) {
    this.#buffer = new Uint8Array(Math.max(64, expectedBytes))
    this.#view = new DataView(this.#buffer.buffer)
  }

  /** How many bytes have been written. */
  get length(): number {
    return this.#position
  }

  /** A copy of what has been written from `from` to `to`. */
  bytes(from = 0, to = this.#position): Uint8Array<ArrayBuffer> {
    return this.#buffer.slice(from, to)
  }

  /** Forgets what was written and keeps the buffer, or `position` bytes of it. */
  reset(position = 0): void {
    this.#position = position
  }

  /** Begins a nested message; give what it returns to `end`. */
  begin(field: number): number {
    this.#ensure(6)
    this.#tag(field, 2)
    this.#position++
    return this.#position
  }

  end(start: number): void {
    const length = this.#position - start
    if (length < 0x80) {
      this.#buffer[start - 1] = length
      return
    }
    const extra = varintBytes(length) - 1
    this.#ensure(extra)
    this.#buffer.copyWithin(start + extra, start, this.#position)
    this.#position = start - 1
    this.#varint(length)
    this.#position += length
  }

  string(field: number, text: string): void {
    this.#ensure(11 + text.length * 3)
    this.#tag(field, 2)
    if (text.length <= shortString && this.#ascii(text)) return
    const reserved = varintBytes(text.length)
    const start = this.#position + reserved
    const { written } = textEncoder.encodeInto(text, this.#buffer.subarray(start))
    const needed = varintBytes(written)
    if (needed !== reserved) {
      this.#buffer.copyWithin(this.#position + needed, start, start + written)
    }
    this.#varint(written)
    this.#position += written
  }

  /** Bytes given as hex digits. An odd last digit, or one that is not hex, throws. */
  hex(field: number, digits: string): void {
    const length = digits.length >> 1
    if (digits.length % 2 !== 0)
      throw new TypeError(`An id has an even number of hex digits, not "${digits}".`)
    this.#ensure(11 + length)
    this.#tag(field, 2)
    this.#varint(length)
    const buffer = this.#buffer
    let position = this.#position
    let wrong = 0
    for (let index = 0; index < digits.length; index += 2) {
      const high = hexDigits[digits.charCodeAt(index)] ?? notHex
      const low = hexDigits[digits.charCodeAt(index + 1)] ?? notHex
      wrong |= high | low
      buffer[position++] = (high << 4) | low
    }
    if (wrong >= notHex) throw new TypeError(`An id is made of hex digits, not "${digits}".`)
    this.#position = position
  }

  /** A whole number from 0 to 2^53. */
  uint(field: number, value: number): void {
    this.#ensure(16)
    this.#tag(field, 0)
    this.#varint(value)
  }

  /** A signed whole number within ±2^53. */
  int64(field: number, value: number): void {
    this.#ensure(16)
    this.#tag(field, 0)
    if (value >= 0) {
      this.#varint(value)
      return
    }
    let rest = BigInt.asUintN(64, BigInt(value))
    while (rest > 0x7fn) {
      this.#buffer[this.#position++] = Number(rest & 0x7fn) | 0x80
      rest >>= 7n
    }
    this.#buffer[this.#position++] = Number(rest)
  }

  fixed64(field: number, value: number | bigint): void {
    this.#ensure(16)
    this.#tag(field, 1)
    if (typeof value === 'bigint') {
      this.#view.setBigUint64(this.#position, value, true)
    } else {
      const whole = Math.floor(value)
      const high = Math.floor(whole / 0x1_0000_0000)
      this.#view.setUint32(this.#position, whole - high * 0x1_0000_0000, true)
      this.#view.setUint32(this.#position + 4, high, true)
    }
    this.#position += 8
  }

  double(field: number, value: number): void {
    this.#ensure(16)
    this.#tag(field, 1)
    this.#view.setFloat64(this.#position, value, true)
    this.#position += 8
  }

  /** Bytes, or text that is encoded as UTF-8 already. */
  encoded(field: number, bytes: Uint8Array): void {
    this.#ensure(11 + bytes.length)
    this.#tag(field, 2)
    this.#varint(bytes.length)
    this.#buffer.set(bytes, this.#position)
    this.#position += bytes.length
  }

  /** Begins a nested message of known length, which needs no `end`. */
  beginKnown(field: number, length: number): void {
    this.#ensure(11)
    this.#tag(field, 2)
    this.#varint(length)
  }

  /** Fields that are encoded already. */
  raw(bytes: Uint8Array): void {
    this.#ensure(bytes.length)
    this.#buffer.set(bytes, this.#position)
    this.#position += bytes.length
  }

  #tag(field: number, wireType: number): void {
    this.#buffer[this.#position++] = (field << 3) | wireType
  }

  /** Writes length and text when all of it is ASCII; else leaves the position where it was. */
  #ascii(text: string): boolean {
    const start = this.#position
    let position = start + 1
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index)
      if (code > 0x7f) return false
      this.#buffer[position++] = code
    }
    this.#buffer[start] = text.length
    this.#position = position
    return true
  }

  #varint(value: number): void {
    let rest = value
    while (rest > 0x7f) {
      this.#buffer[this.#position++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    this.#buffer[this.#position++] = rest
  }

  #ensure(bytes: number): void {
    const needed = this.#position + bytes
    if (needed <= this.#buffer.length) return
    const grown = new Uint8Array(Math.max(needed, this.#buffer.length * 2))
    grown.set(this.#buffer.subarray(0, this.#position))
    this.#buffer = grown
    this.#view = new DataView(grown.buffer)
  }
}

/** How many bytes a number takes as a variable-length one. */
export function varintBytes(value: number): number {
  let bytes = 1
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes++
  return bytes
}

const notHex = 0x10

/** The value of a hex digit by its character code. */
const hexDigits = new Uint8Array(103).fill(notHex)
for (const [index, digit] of [...'0123456789abcdef'].entries()) {
  hexDigits[digit.charCodeAt(0)] = index
  hexDigits[digit.toUpperCase().charCodeAt(0)] = index
}
