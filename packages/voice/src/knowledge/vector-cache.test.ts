import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { VectorCache, vectorKey } from './vector-cache.ts'

describe('the vector cache', () => {
  let directory: string
  const warnings: string[] = []
  const log = { debug() {}, info() {}, warn: (message: string) => void warnings.push(message), error() {} }

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'voxtrace-cache-'))
    warnings.length = 0
  })
  afterEach(() => rm(directory, { recursive: true, force: true }))

  const open = (name = 'source', dimensions = 3) => VectorCache.open(directory, name, dimensions, log)
  const key = vectorKey('text')

  async function saved() {
    const cache = await open()
    cache.set(key, Float32Array.of(0.25, -1, 3))
    await cache.save()
    const [file = ''] = await readdir(directory)
    return join(directory, file)
  }

  test('gives back what was saved', async () => {
    await saved()
    expect(Array.from((await open()).get(key) ?? [])).toEqual([0.25, -1, 3])
  })

  test('keeps sources apart', async () => {
    await saved()
    expect((await open('another')).size).toBe(0)
  })

  test('forgets what is not kept', async () => {
    await saved()
    const cache = await open()
    expect(cache.keep(new Set([vectorKey('other')]))).toBe(1)
    await cache.save()
    expect((await open()).size).toBe(0)
  })

  test.each([
    ['cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length - 10)],
    ['changed in one bit', (bytes: Buffer) => bytes.fill((bytes[30] ?? 0) ^ 1, 30, 31)],
    [
      'of something else',
      () => Buffer.from('this is no cache file, however long it may be, and never was one at all'),
    ],
    ['empty', () => Buffer.alloc(0)],
  ])('is empty when its file is %s, says so, and is written anew', async (_, damage) => {
    const path = await saved()
    await writeFile(path, damage(await readFile(path)))
    const cache = await open()
    expect(cache.size).toBe(0)
    expect(warnings).toEqual(['the cached embeddings are damaged and are computed anew'])
    await saved()
    expect((await open()).size).toBe(1)
  })

  test('is empty for a model of other dimensions', async () => {
    await saved()
    expect((await open('source', 4)).size).toBe(0)
  })

  test('leaves no unfinished file behind, also when it cannot write', async () => {
    const path = await saved()
    expect(await readdir(directory)).toHaveLength(1)
    const cache = await open()
    await rm(directory, { recursive: true })
    await expect(cache.save()).rejects.toThrow('ENOENT')
    expect(path).toBeTruthy()
  })

  test('removes files that nobody used for 60 days', async () => {
    const path = await saved()
    const old = new Date(Date.now() - 61 * 24 * 60 * 60 * 1000)
    await utimes(path, old, old)
    await open('another')
    expect(await readdir(directory)).toEqual([])
  })
})
