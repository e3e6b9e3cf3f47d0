import { describe, expect, test } from 'vitest'
import { cosine, dot, unitLength } from './vector.ts'

const vector = (...values: number[]) => Float32Array.from(values)

describe('vectors', () => {
  test('have a dot product', () => {
    expect(dot(vector(1, 2, 3), vector(4, 5, 6))).toBe(32)
  })

  test('have a cosine that does not depend on their lengths', () => {
    expect(cosine(vector(1, 0), vector(5, 0))).toBeCloseTo(1, 6)
    expect(cosine(vector(1, 0), vector(0, 2))).toBe(0)
    expect(cosine(vector(1, 1), vector(-2, -2))).toBeCloseTo(-1, 6)
  })

  test('are not similar to the zero vector', () => {
    expect(cosine(vector(0, 0), vector(1, 0))).toBe(0)
    expect(Array.from(unitLength(vector(0, 0)))).toEqual([0, 0])
  })

  test('are scaled to length 1', () => {
    expect(Array.from(unitLength(vector(3, 4)))).toEqual([Math.fround(0.6), Math.fround(0.8)])
  })

  test('of different dimensions are not compared', () => {
    expect(() => dot(vector(1), vector(1, 2))).toThrow('Vectors of 1 and 2 dimensions cannot be compared.')
  })
})
