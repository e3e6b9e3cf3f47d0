import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { LogFile } from './log-file.ts'

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'voxtrace-log-'))
})

afterEach(() => rmSync(directory, { recursive: true, force: true }))

test('goes on without lines that cannot be written, tells of the first, and writes again when it can', () => {
  const troubles: unknown[] = []
  const logs = join(directory, 'logs')
  const file = new LogFile(join(logs, 'voxtrace.log'), (error) => troubles.push(error))
  file.append('lost')
  file.append('lost too')
  expect(troubles).toHaveLength(1)
  mkdirSync(logs)
  file.append('written')
  expect(readFileSync(file.path, 'utf8')).toBe('written\n')
  rmSync(logs, { recursive: true })
  file.append('lost again')
  expect(troubles).toHaveLength(2)
})
