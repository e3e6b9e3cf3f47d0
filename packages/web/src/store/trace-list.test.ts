import { describe, expect, it } from 'vitest'
import type { TraceRow } from '../facade/trace-row.ts'
import { TraceListStore } from './trace-list.ts'

function row(traceId: string, startMs: number, turnCount = 1): TraceRow {
  return {
    traceId,
    experimentId: '1',
    startMs,
    durationMs: null,
    isOpen: false,
    isError: false,
    isConversation: true,
    title: traceId,
    name: null,
    userId: null,
    tags: {},
    sessionId: null,
    gap: null,
    slowestTurn: null,
    turnCount,
    interruptedCount: 0,
    spanCount: 1,
    errorCount: 0,
    tokens: null,
    cost: null,
    scores: [],
    wholeScores: null,
    judgedCount: 0,
  }
}

const ids = (rows: TraceRow[]) => rows.map(({ traceId }) => traceId)

describe('TraceListStore', () => {
  it('lets new rows in at the top and marks them as arrived', () => {
    const store = new TraceListStore()
    store.replace([row('b', 2), row('a', 1)], null)
    store.refresh([row('c', 3), row('b', 2, 4), row('a', 1)])
    const { rows, arrived, waiting } = store.getState()
    expect(ids(rows)).toEqual(['c', 'b', 'a'])
    expect(rows[1]?.turnCount).toBe(4)
    expect([...arrived]).toEqual(['c'])
    expect(waiting).toEqual([])
  })

  it('keeps new rows waiting while the reader is further down, and updates the rest in place', () => {
    const store = new TraceListStore()
    store.replace([row('b', 2), row('a', 1)], null)
    store.setHolding(true)
    store.refresh([row('c', 3), row('b', 2, 7), row('a', 1)])
    expect(ids(store.getState().rows)).toEqual(['b', 'a'])
    expect(store.getState().rows[0]?.turnCount).toBe(7)
    store.refresh([row('c', 3, 5), row('b', 2), row('a', 1)])
    expect(store.getState().waiting).toHaveLength(1)
    store.admit()
    expect(ids(store.getState().rows)).toEqual(['c', 'b', 'a'])
    expect(store.getState().rows[0]?.turnCount).toBe(5)
  })

  it('takes a further page once, though rows moved between pages', () => {
    const store = new TraceListStore()
    store.replace([row('d', 4), row('c', 3)], 'next')
    store.append([row('c', 3), row('b', 2)], null)
    expect(ids(store.getState().rows)).toEqual(['d', 'c', 'b'])
    expect(store.getState().nextPageToken).toBeNull()
  })

  it('leaves rows beyond what is loaded to the next page', () => {
    const store = new TraceListStore()
    store.replace([row('d', 4), row('c', 3)], 'next')
    store.refresh([row('d', 4), row('c', 3), row('b', 2)])
    expect(ids(store.getState().rows)).toEqual(['d', 'c'])
  })

  it('forgets a trace that was deleted', () => {
    const store = new TraceListStore()
    store.replace([row('b', 2), row('a', 1)], null)
    store.remove('b')
    expect(ids(store.getState().rows)).toEqual(['a'])
  })

  it('tells its readers only when something changed', () => {
    const store = new TraceListStore()
    let told = 0
    store.subscribe(() => told++)
    store.admit()
    expect(told).toBe(0)
  })
})
