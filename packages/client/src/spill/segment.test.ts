import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Operation } from '../operation.ts'
import { crc32, crc32ByTable } from './crc32.ts'
import { decodeSegment, encodeRecord } from './segment.ts'

const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({
    kind: fc.constant('feedback' as const),
    traceId: fc.string(),
    body: fc.dictionary(fc.string({ minLength: 1 }), fc.string(), { noNullPrototype: true }),
  }),
  fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 5 }).map((fields) => ({
    kind: 'spans' as const,
    experiment: { id: null, name: 'e' },
    ends: fields.map((_, index) => fields.slice(0, index + 1).reduce((sum, field) => sum + field.length, 0)),
    ended: fields.map(() => 1 as const),
    fields: new Uint8Array(Buffer.concat(fields)),
  })),
)

const operations = fc.array(operation, { minLength: 1, maxLength: 5 })
const written = (list: readonly Operation[]) => Buffer.concat(list.flatMap(encodeRecord))

describe('a segment', () => {
  it('gives back what was written to it', () => {
    fc.assert(
      fc.property(operations, (list) => {
        expect(decodeSegment(written(list))).toEqual({ operations: list, damagedRecords: 0 })
      }),
    )
  })

  it('that was cut off anywhere gives back every whole record', () => {
    fc.assert(
      fc.property(operations, fc.nat(), (list, seed) => {
        const bytes = written(list)
        const length = seed % bytes.length
        const { operations: read, damagedRecords } = decodeSegment(bytes.subarray(0, length))
        const whole = list.filter((_, index) => written(list.slice(0, index + 1)).length <= length)
        expect(read).toEqual(whole)
        expect(damagedRecords).toBe(written(whole).length === length ? 0 : 1)
      }),
    )
  })

  it('with a damaged byte in a payload loses that record alone', () => {
    fc.assert(
      fc.property(operations, fc.nat(), fc.nat(), (list, which, where) => {
        const index = which % list.length
        const start = written(list.slice(0, index)).length
        const payload = written(list.slice(index, index + 1)).length - 8
        const bytes = written(list)
        const position = start + 8 + (where % payload)
        bytes.writeUInt8((bytes.readUInt8(position) + 1) % 256, position)
        const { operations: read, damagedRecords } = decodeSegment(bytes)
        expect(read).toEqual(list.filter((_, other) => other !== index))
        expect(damagedRecords).toBe(1)
      }),
    )
  })

  it('of anything at all is read without an error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
        expect(decodeSegment(Buffer.from(bytes)).operations).toEqual([])
      }),
    )
  })
})

describe('crc32', () => {
  it('gives the check value of the standard', () => {
    for (const sum of [crc32, crc32ByTable]) {
      expect(sum(Buffer.from('123456789')).toString(16)).toBe('cbf43926')
      expect(sum(Buffer.from('56789'), sum(Buffer.from('1234'))).toString(16)).toBe('cbf43926')
    }
  })
})
