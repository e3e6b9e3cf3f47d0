import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { holdLock, lockHolder } from './lock.ts'

let directory: string
let path: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'voxtrace-lock-'))
  path = join(directory, 'lock')
})

afterEach(() => rmSync(directory, { recursive: true, force: true }))

test('a second holder is refused with the first one named', () => {
  const lock = holdLock(path, 'The data directory')
  expect(() => holdLock(path, 'The data directory')).toThrow(
    `in use by the Voxtrace that runs as process ${process.pid}`,
  )
  expect(lockHolder(path)).toBe(process.pid)
  lock.release()
  expect(lockHolder(path)).toBeNull()
})

test('a released lock leaves nothing behind', () => {
  holdLock(path, 'The data directory').release()
  expect(readdirSync(directory)).toEqual([])
})

test('the lock of a process that died is taken over', async () => {
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  writeFileSync(path, JSON.stringify({ pid: child.pid, startTicks: '1' }))
  holdLock(path, 'The data directory').release()
  expect(existsSync(path)).toBe(false)
})

test('a later process with the same number does not count as the holder', () => {
  writeFileSync(path, JSON.stringify({ pid: process.pid, startTicks: 'another start' }))
  expect(lockHolder(path)).toBeNull()
})

test('a lock file cut off in the middle is taken over', () => {
  writeFileSync(path, '{"pid":')
  holdLock(path, 'The data directory').release()
})
