import type { Assessment } from '@voxtrace/model'
import { expect, test } from 'vitest'
import { KnownAssessments } from './known-assessments.ts'

const assessment = (assessmentId: string, change: Partial<Assessment> = {}): Assessment =>
  Object.assign(
    {
      assessmentId,
      name: 'tone',
      traceId: 'tr-1',
      spanId: null,
      kind: 'feedback' as const,
      source: { type: 'CODE' as const, id: 'test' },
      createTimeMs: 0,
      lastUpdateTimeMs: 0,
      rationale: null,
      metadata: {},
      overrides: null,
      valid: true,
      value: 4,
      error: null,
    },
    change,
  )
const names = (assessments: readonly Assessment[]) => assessments.map(({ assessmentId }) => assessmentId)

test('after all have been read, only those that changed since are asked for', () => {
  const known = new KnownAssessments()
  known.change('a-0')
  expect(known.ask()).toBeNull()
  expect(names(known.take([assessment('a-1'), assessment('a-2')], null))).toEqual(['a-1', 'a-2'])
  known.change('a-2')
  known.change('a-3')
  expect(known.ask()).toEqual(['a-2', 'a-3'])
  expect(known.ask()).toEqual([])
  const taken = known.take([assessment('a-2', { value: 1 }), assessment('a-3')], ['a-2', 'a-3'])
  expect(taken.map(({ assessmentId, value }) => [assessmentId, value])).toEqual([
    ['a-1', 4],
    ['a-2', 1],
    ['a-3', 4],
  ])
})

test('what changed while others were read is asked for next', () => {
  const known = new KnownAssessments()
  known.ask()
  known.change('a-1')
  known.take([assessment('a-1')], null)
  expect(known.ask()).toEqual(['a-1'])
})

test('one that is asked for and not there is gone, and all are read again where it stood in for another', () => {
  const known = new KnownAssessments()
  known.ask()
  known.take(
    [assessment('a-1', { valid: false }), assessment('a-2', { overrides: 'a-1' }), assessment('a-3')],
    null,
  )
  expect(names(known.take([], ['a-3']))).toEqual(['a-1', 'a-2'])
  expect(known.areAllToRead).toBe(false)
  known.take([], ['a-2'])
  expect(known.areAllToRead).toBe(true)
})

test('what may have changed unheard, or is very much, is read with all others', () => {
  const known = new KnownAssessments()
  known.ask()
  known.take([], null)
  for (let number = 0; number < 101; number++) known.change(`a-${number}`)
  expect(known.ask()).toBeNull()
  known.take([], null)
  known.forget()
  expect(known.ask()).toBeNull()
})
