import { expect, it } from 'vitest'
import { microphoneWords, problemOf } from './microphone.ts'

it('tells a blocked microphone from an absent and a busy one', () => {
  const names = ['NotAllowedError', 'NotFoundError', 'NotReadableError', 'TypeError']
  const problems = names.map((name) => problemOf(new DOMException('', name)))
  expect(problems).toEqual(['denied', 'absent', 'busy', 'failed'])
  expect(problemOf('no error at all')).toBe('failed')
})

it('has words and advice for each', () => {
  for (const { title, advice } of Object.values(microphoneWords)) {
    expect(title).not.toBe('')
    expect(advice).toMatch(/type/)
  }
})
