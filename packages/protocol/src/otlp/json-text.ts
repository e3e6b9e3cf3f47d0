import type { Json } from '@voxtrace/model'

const textEncoder = new TextEncoder()
/** Strings up to this length are written character by character, which beats the call into the encoder. */
const shortString = 32
const quote = 0x22
const backslash = 0x5c
const comma = 0x2c

/**
 * Writes values as JSON text in UTF-8 into one buffer that is used again and again, as `JSON.stringify` would, except
 * that half a surrogate pair becomes U+FFFD. It beats `JSON.stringify` and encoding its text several times over: a
 * string is encoded where it belongs, and then looked through four bytes at a time for what has to be escaped.
 */
export class JsonText {
  #bytes = new Uint8Array(16 * 1024)
  #words = new Int32Array(this.#bytes.buffer)
  #position = 0

  /** The text of a value. It is good until the next call. */
  of(value: Json): Uint8Array {
    this.#position = 0
    this.#value(value)
    return this.#bytes.subarray(0, this.#position)
  }

  #value(value: Json | undefined): void {
    switch (typeof value) {
      case 'string':
        this.#string(value)
        return
      case 'number':
        this.#ascii(Number.isFinite(value) ? String(value) : 'null')
        return
      case 'boolean':
        this.#ascii(value ? 'true' : 'false')
        return
    }
    if (value === null || value === undefined) this.#ascii('null')
    else if (Array.isArray(value)) this.#array(value)
    else this.#object(value)
  }

  #array(items: readonly Json[]): void {
    this.#byte(0x5b)
    for (let index = 0; index < items.length; index++) {
      if (index > 0) this.#byte(comma)
      this.#value(items[index])
    }
    this.#byte(0x5d)
  }

  #object(properties: { [key: string]: Json }): void {
    this.#byte(0x7b)
    let first = true
    for (const key of Object.keys(properties)) {
      const value = properties[key]
      if (value === undefined) continue
      if (!first) this.#byte(comma)
      first = false
      this.#string(key)
      this.#byte(0x3a)
      this.#value(value)
    }
    this.#byte(0x7d)
  }

  #string(text: string): void {
    this.#ensure(text.length * 3 + 2)
    if (text.length <= shortString && this.#plain(text)) return
    const start = this.#position + 1
    const { written } = textEncoder.encodeInto(text, this.#bytes.subarray(start))
    if (this.#needsEscape(start, start + written)) {
      this.#escaped(text)
      return
    }
    this.#bytes[start - 1] = quote
    this.#bytes[start + written] = quote
    this.#position = start + written + 1
  }

  /** Writes a text that is ASCII with nothing to escape; else leaves the position where it was. */
  #plain(text: string): boolean {
    const bytes = this.#bytes
    let position = this.#position
    bytes[position++] = quote
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index)
      if (code < 0x20 || code > 0x7f || code === quote || code === backslash) return false
      bytes[position++] = code
    }
    bytes[position++] = quote
    this.#position = position
    return true
  }

  #escaped(text: string): void {
    const json = JSON.stringify(text.toWellFormed())
    this.#ensure(json.length * 3)
    this.#position += textEncoder.encodeInto(json, this.#bytes.subarray(this.#position)).written
  }

  /** Whether a quote, a backslash or a control character stands from `start` on. */
  #needsEscape(start: number, end: number): boolean {
    const bytes = this.#bytes
    const firstWord = (start + 3) >> 2
    const lastWord = end >> 2
    if (firstWord >= lastWord) return anySpecial(bytes, start, end)
    if (anySpecial(bytes, start, firstWord << 2) || anySpecial(bytes, lastWord << 2, end)) return true
    const words = this.#words
    for (let index = firstWord; index < lastWord; index++) {
      const word = words[index] ?? 0
      const quotes = word ^ 0x22222222
      const backslashes = word ^ 0x5c5c5c5c
      // A byte below n makes its highest bit in `(word - n·0x01010101) & ~word` (Warren, Hacker's Delight, 6-1).
      const found =
        ((word - 0x20202020) & ~word) |
        ((quotes - 0x01010101) & ~quotes) |
        ((backslashes - 0x01010101) & ~backslashes)
      if ((found & 0x80808080) !== 0) return true
    }
    return false
  }

  #ascii(text: string): void {
    this.#ensure(text.length)
    for (let index = 0; index < text.length; index++) this.#bytes[this.#position++] = text.charCodeAt(index)
  }

  #byte(byte: number): void {
    this.#ensure(1)
    this.#bytes[this.#position++] = byte
  }

  #ensure(bytes: number): void {
    const needed = this.#position + bytes
    if (needed <= this.#bytes.length) return
    const grown = new Uint8Array((Math.max(needed, this.#bytes.length * 2) + 3) & ~3)
    grown.set(this.#bytes.subarray(0, this.#position))
    this.#bytes = grown
    this.#words = new Int32Array(grown.buffer)
  }
}

function anySpecial(bytes: Uint8Array, start: number, end: number): boolean {
  for (let index = start; index < end; index++) {
    const byte = bytes[index] ?? 0
    if (byte < 0x20 || byte === quote || byte === backslash) return true
  }
  return false
}
