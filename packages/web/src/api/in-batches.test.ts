import { expect, it } from 'vitest'
import { allPages, inBatches } from './in-batches.ts'

const ids = ['a', 'b', 'c', 'd', 'e']
const quiet = () => ({ signal: new AbortController().signal, onDone: () => {} })

it('acts on every batch, and tells how far it is', async () => {
  const acted: string[][] = []
  const told: number[] = []
  const outcome = await inBatches(ids, 2, async (batch) => void acted.push(batch), {
    ...quiet(),
    onDone: (count) => told.push(count),
  })
  expect(outcome).toEqual({ failed: [], reason: null })
  expect(acted).toEqual([['a', 'b'], ['c', 'd'], ['e']])
  expect(told).toEqual([2, 4, 5])
})

it('goes on where some fail, and says which and why the first did', async () => {
  const acted: string[] = []
  const act = async ([id = '']: string[]) => {
    if (id === 'b' || id === 'd') throw new Error(`${id} is gone`)
    acted.push(id)
  }
  expect(await inBatches(ids, 1, act, quiet())).toEqual({ failed: ['b', 'd'], reason: 'b is gone' })
  expect(acted).toEqual(['a', 'c', 'e'])
})

it('leaves what it did not come to when it is stopped', async () => {
  const stop = new AbortController()
  const acted: string[] = []
  const act = async (batch: string[]) => {
    acted.push(...batch)
    stop.abort()
  }
  const { failed, reason } = await inBatches(ids, 1, act, { signal: stop.signal, onDone: () => {} })
  expect(reason).toBeNull()
  expect([...acted, ...failed]).toEqual(ids)
  expect(failed.length).toBeGreaterThan(0)
})

it('reads all pages', async () => {
  const read = async (token: string | null) =>
    token === null ? { items: ['a', 'b'], nextPageToken: '2' } : { items: ['c'], nextPageToken: null }
  expect(await allPages(read, quiet())).toEqual(['a', 'b', 'c'])
})
