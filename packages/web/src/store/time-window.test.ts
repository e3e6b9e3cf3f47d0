import { expect, it } from 'vitest'
import { TimeWindowStore } from './time-window.ts'

it('shows all, however long the trace grows, until something else is asked for', () => {
  const store = new TimeWindowStore()
  expect(store.windowOf(100)).toEqual({ fromMs: 0, toMs: 100 })
  expect(store.windowOf(5000)).toEqual({ fromMs: 0, toMs: 5000 })
})

it('stays where it is while the trace grows, once zoomed', () => {
  const store = new TimeWindowStore()
  store.show({ fromMs: 20, toMs: 40 }, 100)
  expect(store.windowOf(5000)).toEqual({ fromMs: 20, toMs: 40 })
  store.fit()
  expect(store.getState()).toBeNull()
})

it('shows a span with a little around it, and an open one to its end so far', () => {
  const store = new TimeWindowStore()
  store.showSpan({ startMs: 100, endMs: 200 }, 1000)
  expect(store.windowOf(1000)).toEqual({ fromMs: 96, toMs: 204 })
  store.showSpan({ startMs: 900, endMs: null }, 1000)
  expect(store.windowOf(1000).toMs).toBe(1000)
})

it('is all again when zoomed out as far as it goes', () => {
  const store = new TimeWindowStore()
  store.zoom(0.5, null, 1000)
  expect(store.windowOf(1000)).toEqual({ fromMs: 250, toMs: 750 })
  store.zoom(8, null, 1000)
  expect(store.getState()).toBeNull()
})
