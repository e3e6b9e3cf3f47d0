import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JsonText } from './json-text.ts'

const json = new JsonText()
const decoder = new TextDecoder('utf-8', { fatal: true })
const written = (value: Parameters<JsonText['of']>[0]) => decoder.decode(json.of(value))

const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary', maxLength: 200 }),
  // Long and plain, with one character that may have to be escaped at any place.
  fc
    .tuple(
      fc.nat({ max: 300 }),
      fc.constantFrom('"', '\\', '\n', '\u0000', '\u001f', ' ', '\u007f', 'é', '😀'),
    )
    .chain(([length, character]) =>
      fc.nat({ max: length }).map((at) => 'x'.repeat(at) + character + 'y'.repeat(length - at)),
    ),
)
const value = fc.letrec<{ value: ReturnType<typeof JSON.parse> }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    text,
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(text, tie('value'), { maxKeys: 5 }),
  ),
})).value

describe('JsonText', () => {
  it('writes what JSON.stringify writes, whatever the value', () => {
    fc.assert(
      fc.property(value, (given) => {
        expect(written(given)).toBe(JSON.stringify(given).toWellFormed())
      }),
      { numRuns: 500 },
    )
  })

  it('finds what has to be escaped at every place of a long text', () => {
    for (const character of ['"', '\\', '\u0000', '\u001f', '\n']) {
      for (let at = 0; at < 70; at++) {
        const given = 'é'.repeat(at % 3) + 'x'.repeat(at) + character + 'ÿ'.repeat(69 - at)
        expect(written(['', given])).toBe(JSON.stringify(['', given]))
      }
    }
  })

  it('writes half a surrogate pair as U+FFFD, in plain text and in text with something to escape', () => {
    expect(written('a\ud800b')).toBe('"a\ufffdb"')
    expect(written(`"${'a'.repeat(50)}\udc00`)).toBe(`"\\"${'a'.repeat(50)}\ufffd"`)
  })

  it('grows for values longer than its buffer', () => {
    const long = Array.from({ length: 2000 }, (_, index) => `${index} 語`.repeat(20))
    expect(written(long)).toBe(JSON.stringify(long))
    expect(written('x'.repeat(3_000_000))).toBe(`"${'x'.repeat(3_000_000)}"`)
  })
})
