import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Operation, RunRef } from './operation.ts'
import { firstFree } from './operation-order.ts'

const experiment = { id: '1', name: null }
const runs: RunRef[] = ['one', 'two'].map((key) => ({ key, experiment }))
const run = fc.constantFrom(...runs)
const trace = fc.constantFrom('tr-1', 'tr-2')

const operations = fc.oneof<fc.Arbitrary<Operation>[]>(
  run.map((of) => ({ kind: 'createRun', run: of, name: null, tags: {}, startTimeMs: 0 })),
  fc.record({ run: fc.option(run), trace }).map(({ run: of, trace: id }) => ({
    kind: 'startTrace',
    experiment,
    run: of,
    info: { trace_id: id },
    metadata: {},
  })),
  fc.constant({ kind: 'spans', experiment, ends: [], ended: [], fields: new Uint8Array() }),
  run.map((of) => ({ kind: 'logBatch', run: of, metrics: [], params: [], tags: [] })),
  run.map((of) => ({ kind: 'endRun', run: of, status: 'FINISHED', endTimeMs: 0 })),
  trace.map((traceId) => ({ kind: 'feedback', traceId, body: {} })),
)

/** Whether the later of two operations speaks of what the earlier one makes or changes. */
function follows(later: Operation, earlier: Operation): boolean {
  if (later.kind === 'spans') return earlier.kind === 'spans' || earlier.kind === 'startTrace'
  if (later.kind === 'feedback') return earlier.kind === 'spans' || earlier.kind === 'startTrace'
  if (later.kind === 'startTrace' && earlier.kind === 'startTrace') {
    return later.info.trace_id === earlier.info.trace_id
  }
  if (earlier.kind === 'spans' || earlier.kind === 'feedback' || earlier.kind === 'startTrace') return false
  return later.run?.key === earlier.run.key
}

describe('the order of operations that go out at once', () => {
  it('is that in which they were recorded, of those that need each other', () => {
    fc.assert(
      fc.property(fc.array(operations, { maxLength: 20 }), fc.infiniteStream(fc.nat()), (given, chances) => {
        const left = given.map((operation) => ({ operation }))
        const underWay = new Set<(typeof left)[number]>()
        while (left.length > 0) {
          for (let free = firstFree(left, underWay); free !== null; free = firstFree(left, underWay)) {
            for (const { operation: earlier } of left.slice(0, left.indexOf(free))) {
              expect(follows(free.operation, earlier)).toBe(false)
            }
            underWay.add(free)
          }
          const [chance = 0] = chances.take(1)
          const settled = [...underWay][chance % underWay.size]
          if (settled === undefined) throw new Error('Nothing goes out, and something is left.')
          underWay.delete(settled)
          left.splice(left.indexOf(settled), 1)
        }
      }),
    )
  })

  it('lets spans pass what does not get on, and what waits for that, and nothing else', () => {
    const [one, two] = runs
    if (one === undefined || two === undefined) throw new Error('There are no runs.')
    const create = (of: RunRef) => ({
      operation: { kind: 'createRun' as const, run: of, name: null, tags: {}, startTimeMs: 0 },
    })
    const begin = (of: RunRef, id: string) => ({
      operation: { kind: 'startTrace' as const, experiment, run: of, info: { trace_id: id }, metadata: {} },
    })
    const spans = () => ({
      operation: { kind: 'spans' as const, experiment, ends: [], ended: [], fields: new Uint8Array() },
    })
    const feedback = { operation: { kind: 'feedback' as const, traceId: 'tr-1', body: {} } }
    const [slow, held, first, other, second] = [
      create(one),
      begin(one, 'tr-1'),
      spans(),
      create(two),
      spans(),
    ]
    const inOrder = [slow, held, first, feedback, other, begin(two, 'tr-2'), second]
    const free = (underWay: { operation: Operation }[]) =>
      firstFree<{ operation: Operation }>(inOrder, new Set(underWay), (each) => each === slow)
    expect(free([slow])).toBe(first)
    expect(free([slow, first])).toBe(other)
    expect(free([slow, first, other])).toBeNull()
    expect(firstFree<{ operation: Operation }>(inOrder, new Set([slow]))).toBe(other)
  })

  it('holds back nothing that needs nothing', () => {
    const other = runs.map((of): { operation: Operation } => ({
      operation: { kind: 'createRun', run: of, name: null, tags: {}, startTimeMs: 0 },
    }))
    expect(firstFree(other, new Set(other.slice(0, 1)))).toBe(other[1])
    expect(firstFree(other, new Set(other))).toBeNull()
  })
})
