import { expect, it } from 'vitest'
import { readLiveEvent } from './live.ts'

it('reads what changed', () => {
  const event = {
    type: 'assessment',
    traceId: 'tr-1',
    experimentId: '1',
    assessmentId: 'a-1',
    name: 'judge.tone',
  }
  expect(readLiveEvent(JSON.stringify(event))).toEqual(event)
})

it('passes over events of kinds to come, and what is no event', () => {
  expect(readLiveEvent('{"type":"prompt","experimentId":"1"}')).toBeNull()
  expect(readLiveEvent('{"type":"trace","experimentId":"1"}')).toBeNull()
  expect(readLiveEvent('cut off {')).toBeNull()
  expect(readLiveEvent(undefined)).toBeNull()
})
