import { expect, test } from 'vitest'
import { firstPlaceOf, otherReviewersOf } from './other-reviewers.ts'

const criteria = ['judge.tone', 'judge.calm']
const scores = (...given: [name: string, sourceId: string][]) => ({
  scores: given.map(([name, sourceId]) => ({ name, sourceId })),
})

test('others are those who scored by one of the criteria, and done once one of them did by all', () => {
  const partly = scores(['judge.tone', 'Ada'], ['judge.tone', 'Bob'], ['comment', 'Cid'])
  expect(otherReviewersOf(partly, 'Bob', criteria)).toEqual({ names: ['Ada'], areDone: false })
  const each = scores(['judge.tone', 'Ada'], ['judge.calm', 'Cid'])
  expect(otherReviewersOf(each, 'Bob', criteria)).toEqual({ names: ['Ada', 'Cid'], areDone: false })
  const whole = scores(['judge.tone', 'Ada'], ['judge.calm', 'Ada'])
  expect(otherReviewersOf(whole, 'Bob', criteria)).toEqual({ names: ['Ada'], areDone: true })
  expect(otherReviewersOf(whole, 'Ada', criteria)).toEqual({ names: [], areDone: false })
})

test('each begins at a place of the queue, always the same', () => {
  expect(firstPlaceOf('Ada', 10)).toBe(firstPlaceOf('Ada', 10))
  expect(new Set(['Ada', 'Bob', 'Cid', 'Dora'].map((name) => firstPlaceOf(name, 200))).size).toBe(4)
  expect(firstPlaceOf('Ada', 0)).toBe(0)
})
