import type { TraceSummary } from '@voxtrace/model'
import { expect, test } from 'vitest'
import { traceRowOf, traceStateWord } from './trace-row.ts'

function summary(
  state: 'OK' | 'IN_PROGRESS',
  turnCount: number,
  preview: string | null = null,
): TraceSummary {
  return {
    info: {
      traceId: 'tr-1',
      experimentId: '0',
      requestTimeMs: 0,
      executionDurationMs: 1,
      state,
      requestPreview: preview,
      responsePreview: null,
      clientRequestId: null,
      metadata: {},
      tags: {},
    },
    spanCount: 1,
    errorCount: 0,
    turnCount,
    interruptedCount: 0,
    firstUserText: null,
    slowestTurn: null,
    medianVoiceToVoiceMs: null,
    totalTokens: null,
    totalCost: null,
    scores: [],
  }
}

test('scores are awaited of conversations, and of what may become one', () => {
  const statesOf = (trace: TraceSummary) => new Set(traceRowOf(trace).scores.map(({ state }) => state))
  expect(statesOf(summary('OK', 2))).toEqual(new Set(['pending']))
  expect(statesOf(summary('IN_PROGRESS', 0))).toEqual(new Set(['pending']))
  expect(statesOf(summary('OK', 0))).toEqual(new Set(['unjudged']))
  expect(traceStateWord(traceRowOf(summary('OK', 0)))).toBe('Done')
})

test('a row is called by what was asked, without the JSON around a lone text', () => {
  const titleOf = (preview: string) => traceRowOf(summary('OK', 0, preview)).title
  expect(titleOf('"Hello"')).toBe('Hello')
  expect(titleOf('{"question":"What time is it?"}')).toBe('What time is it?')
  expect(titleOf('{"args":["What time is it?"],"kwargs":{}}')).toBe('What time is it?')
  expect(titleOf('{"a":"b","c":1}')).toBe('{"a":"b","c":1}')
  expect(titleOf('{"cut of')).toBe('{"cut of')
  expect(titleOf('{}')).toBe('tr-1')
})
