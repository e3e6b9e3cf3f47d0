import type { Feedback } from '@voxtrace/model'
import { expect, test } from 'vitest'
import { turnScores } from './assessments.ts'

function said(name: string, value: number | string, change: Partial<Feedback> = {}): Feedback {
  return {
    assessmentId: `${name} ${value}`,
    name,
    traceId: 'tr-1',
    spanId: 's-1',
    kind: 'feedback',
    source: { type: 'HUMAN', id: 'Ada' },
    createTimeMs: 1,
    lastUpdateTimeMs: 1,
    rationale: null,
    metadata: {},
    overrides: null,
    valid: true,
    value,
    error: null,
    ...change,
  }
}

test('scores of a turn are the judges in their order, then what people gave in the same, then what they wrote', () => {
  const scores = turnScores(
    [
      said('comment', 'Too long', { lastUpdateTimeMs: 4 }),
      said('judge.tone', 2, { lastUpdateTimeMs: 3 }),
      said('judge.answer_relevancy', 5),
      said('judge.tone', 4, { source: { type: 'CODE', id: 'offline' } }),
    ],
    's-1',
  )
  expect(scores.map(({ short, state, text, sourceType }) => [short, state, text, sourceType])).toEqual([
    ['Ans', 'pending', 'pending', null],
    ['Ret', 'pending', 'pending', null],
    ['Fai', 'pending', 'pending', null],
    ['Ton', 'scored', '4', 'CODE'],
    ['Coh', 'pending', 'pending', null],
    ['Ans', 'scored', '5', 'HUMAN'],
    ['Ton', 'scored', '2', 'HUMAN'],
    ['Comment', 'value', 'Too long', 'HUMAN'],
  ])
})
