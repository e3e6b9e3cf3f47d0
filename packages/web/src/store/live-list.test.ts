import { describe, expect, it } from 'vitest'
import { LiveListStore } from './live-list.ts'

interface Row {
  id: string
  turns: number
}

const page = (ids: string, nextPageToken: string | null = null, turns = 1) => ({
  rows: [...ids].map((id): Row => ({ id, turns })),
  nextPageToken,
})

function list(ids: string, nextPageToken: string | null = null) {
  const store = new LiveListStore<Row>(({ id }) => id)
  store.refresh(page(ids, nextPageToken))
  const shown = () =>
    store
      .getState()
      .rows.map(({ id }) => id)
      .join('')
  return { store, shown }
}

describe('a live list', () => {
  it('lets new rows in and marks them as arrived', () => {
    const { store, shown } = list('ba')
    expect([...store.getState().arrived]).toEqual([])
    store.refresh(page('cba', null, 4))
    expect(shown()).toBe('cba')
    expect(store.getState().rows[1]?.turns).toBe(4)
    expect([...store.getState().arrived]).toEqual(['c'])
    expect(store.getState().newCount).toBe(0)
  })

  it('moves nothing while the reader is further down, but updates rows in place', () => {
    const { store, shown } = list('cba')
    store.setHolding(true)
    store.refresh(page('adcb', null, 7))
    expect(shown()).toBe('cba')
    expect(store.getState().rows[0]?.turns).toBe(7)
    expect(store.getState().newCount).toBe(1)
    store.refresh(page('eadcb', null, 5))
    expect(store.getState().newCount).toBe(2)
    store.admit()
    expect(shown()).toBe('eadcb')
    expect(store.getState()).toMatchObject({ newCount: 0, rows: [{ turns: 5 }, {}, {}, {}, {}] })
  })

  it('keeps a row that no longer belongs to it until the reader is back at the top', () => {
    const { store, shown } = list('cba')
    store.setHolding(true)
    store.refresh(page('ca'))
    expect(shown()).toBe('cba')
    store.admit()
    expect(shown()).toBe('ca')
  })

  it('takes a further page once, though rows moved between pages', () => {
    const { store, shown } = list('dc', 'next')
    store.append(page('cb'))
    expect(shown()).toBe('dcb')
    expect(store.getState().nextPageToken).toBeNull()
  })

  it('does not count as new what is only further down than what is loaded', () => {
    const { store } = list('dc', 'next')
    store.setHolding(true)
    store.refresh(page('edcb', 'next'))
    expect(store.getState().newCount).toBe(1)
  })

  it('keeps what is loaded further down than what is read again', () => {
    const { store, shown } = list('gfedcba', 'next')
    store.refresh(page('hgfe', 'deeper', 4))
    expect(shown()).toBe('hgfedcba')
    expect(store.getState().nextPageToken).toBe('next')
    store.setHolding(true)
    store.refresh(page('ihgf', 'deeper'))
    expect(store.getState().newCount).toBe(1)
    store.admit()
    expect(shown()).toBe('ihgfedcba')
  })

  it('drops what is no longer there at its end, where what follows has taken its place', () => {
    const { store, shown } = list('dcb', 'next')
    store.refresh(page('dca', 'deeper'))
    expect(shown()).toBe('dca')
    expect(store.getState().nextPageToken).toBe('deeper')
  })

  it('begins anew when so much came that nothing joins what is read to what is loaded', () => {
    const { store, shown } = list('dcba', 'next')
    store.refresh(page('zyx', 'deeper'))
    expect(shown()).toBe('zyx')
    expect(store.getState().nextPageToken).toBe('deeper')
  })

  it('forgets what was deleted, also while it waits', () => {
    const { store, shown } = list('cba')
    store.setHolding(true)
    store.refresh(page('dcba'))
    store.remove(['d', 'b'])
    expect(shown()).toBe('ca')
    expect(store.getState().newCount).toBe(0)
    store.admit()
    expect(shown()).toBe('ca')
  })

  it('tells its readers only when something changed', () => {
    const { store } = list('a')
    let told = 0
    store.subscribe(() => told++)
    store.admit()
    store.remove(['z'])
    expect(told).toBe(0)
  })
})
