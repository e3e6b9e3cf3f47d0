import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bigrams } from './bigrams.ts'
import { inverseDocumentFrequency } from './inverse-document-frequency.ts'
import { longestCommonSubsequence } from './longest-common-subsequence.ts'
import { stem } from './stem.ts'

const letters = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 9 })

function isSubsequence(part: readonly string[], whole: readonly string[]): boolean {
  let next = 0
  for (const word of whole) if (word === part[next]) next += 1
  return next === part.length
}

describe('longestCommonSubsequence', () => {
  test('is the length of the longest part that both have in order', () => {
    expect(longestCommonSubsequence(['the', 'cat', 'sat', 'down'], ['cat', 'then', 'down'])).toBe(2)
    expect(longestCommonSubsequence([], ['a'])).toBe(0)
  })

  test('is the best of all subsequences', () => {
    fc.assert(
      fc.property(letters, letters, (a, b) => {
        let best = 0
        for (let mask = 0; mask < 2 ** a.length; mask++) {
          const part = a.filter((_, i) => mask & (1 << i))
          if (part.length > best && isSubsequence(part, b)) best = part.length
        }
        expect(longestCommonSubsequence(a, b)).toBe(best)
        expect(longestCommonSubsequence(b, a)).toBe(best)
      }),
    )
  })
})

describe('bigrams', () => {
  test('are neighbouring words, one fewer than there are words', () => {
    expect(bigrams(['a', 'b', 'c'])).toEqual(['a b', 'b c'])
    expect(bigrams(['a'])).toEqual([])
    expect(bigrams([])).toEqual([])
  })
})

describe('inverseDocumentFrequency', () => {
  const weights = inverseDocumentFrequency(['The cat sat.', 'The dog sat. The dog ran.', 'The end'])

  test('is ln((N + 1) / (df + 0.5)), a sentence counted once', () => {
    expect(weights.weight('the')).toBeCloseTo(Math.log(4 / 3.5), 12)
    expect(weights.weight('sat')).toBeCloseTo(Math.log(4 / 2.5), 12)
    expect(weights.weight('dog')).toBeCloseTo(Math.log(4 / 1.5), 12)
    expect(weights.weight('unseen')).toBeCloseTo(Math.log(4 / 0.5), 12)
  })

  test('is finite and positive without any sentence', () => {
    expect(inverseDocumentFrequency([]).weight('any')).toBeCloseTo(Math.log(2), 12)
  })

  test('counts in the form of the given split', () => {
    const stems = inverseDocumentFrequency(['running'], (sentence) => [stem(sentence)])
    expect(stems.weight('run')).toBeLessThan(stems.weight('running'))
  })
})

describe('stem', () => {
  test.each([
    ['function', 'functions'],
    ['deploy', 'deployed', 'deploying', 'deployment', 'deploys'],
    ['query', 'queries'],
    ['class', 'classes'],
    ['cache', 'caching', 'caches', 'cached'],
    ['configure', 'configuration', 'configured'],
    ['preempt', 'preemption'],
    ['run', 'running', 'runs'],
  ])('is common to %s and its forms', (...forms) => {
    expect(new Set(forms.map(stem)).size).toBe(1)
  })

  test('keeps different words apart', () => {
    expect(
      new Set(['status', 'state', 'server', 'service', 'trace', 'track', 'process'].map(stem)).size,
    ).toBe(7)
  })
})
