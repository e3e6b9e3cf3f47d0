import { expect, test } from 'vitest'
import { formatBytes } from './text.ts'

test('sizes of files are told in the largest unit that leaves a whole number before the point', () => {
  expect(formatBytes(0)).toBe('0 B')
  expect(formatBytes(512)).toBe('512 B')
  expect(formatBytes(1400)).toBe('1.4 KB')
  expect(formatBytes(20_000_000)).toBe('20 MB')
  expect(formatBytes(3e15)).toBe('3000 TB')
})
