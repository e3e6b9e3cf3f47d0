import { describe, expect, it } from 'vitest'
import { Batch } from './batch.ts'
import type { Operation } from './operation.ts'

const feedback = (traceId: string): Operation => ({ kind: 'feedback', traceId, body: {} })
const answered500 = { kind: 'retry', reason: 'HTTP 500', waitMs: null, status: 500 } as const

function names(operations: readonly Operation[]): string[] {
  return operations.map((operation) => (operation.kind === 'feedback' ? operation.traceId : operation.kind))
}

/** Has what is next answered 500 so often that it is suspected. */
function suspectNext(batch: Batch): void {
  const pending = batch.next()
  if (pending === null) throw new Error('Nothing is left.')
  while (pending.attempts < 6) {
    pending.attempts++
    expect(batch.isAtFault(pending, answered500)).toBe(false)
  }
}

describe('a batch', () => {
  it('knows what is in memory alone, among what came from disk', () => {
    const batch = new Batch()
    batch.add([feedback('on disk')], true)
    batch.add([feedback('refused by the disk')], false)
    expect(names(batch.inMemory)).toEqual(['refused by the disk'])
    batch.forgetInMemory()
    expect(batch.next()).toMatchObject({ operation: feedback('on disk'), attempts: 1 })
  })

  it('holds a suspect in memory, wherever it came from, and tries it again when another is delivered', () => {
    const batch = new Batch()
    batch.add([feedback('poison'), feedback('good')], true)
    suspectNext(batch)
    expect(names(batch.inMemory)).toEqual(['poison'])
    const good = batch.next()
    if (good === null) throw new Error('Nothing is left.')
    expect(good.operation).toEqual(feedback('good'))
    batch.delivered(good)
    const again = batch.next()
    if (again === null) throw new Error('The suspect is gone.')
    expect(again.operation).toEqual(feedback('poison'))
    again.attempts++
    expect(batch.isAtFault(again, answered500)).toBe(true)
  })

  it('suspects one after the other while everything is answered 500, and takes none for refused', () => {
    const batch = new Batch()
    batch.add([feedback('a'), feedback('b')], false)
    for (let round = 0; round < 2; round++) suspectNext(batch)
    expect(names(batch.inMemory).sort()).toEqual(['a', 'b'])
  })
})
