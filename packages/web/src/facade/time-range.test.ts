import { describe, expect, test } from 'vitest'
import { bothFilters, quotedKey, quotedText } from './filter-text.ts'
import { timeFilter } from './time-range.ts'

describe('a choice of time', () => {
  test('is a filter of traces', () => {
    expect(timeFilter({ last: '1h' }, 10_000_000)).toBe('timestamp_ms >= 6400000')
    expect(timeFilter({ from: '5', to: '9' }, 0)).toBe('timestamp_ms >= 5 AND timestamp_ms < 9')
    expect(timeFilter({ to: '9' }, 0)).toBe('timestamp_ms < 9')
    expect(timeFilter({ last: 'ever', from: 'soon' }, 0)).toBe('')
  })
})

test('filters are put together without changing what either means', () => {
  expect(bothFilters('a = 1 OR b = 2', 'c = 3')).toBe('(a = 1 OR b = 2) AND c = 3')
  expect(bothFilters('', 'c = 3')).toBe('c = 3')
  expect(bothFilters('a = 1', ' ')).toBe('a = 1')
  expect(quotedText("it's")).toBe("'it''s'")
  expect([quotedKey('version'), quotedKey('judge.tone')]).toEqual(['version', '`judge.tone`'])
})
