import { expect, it } from 'vitest'
import { FoldingStore } from './folding.ts'

it('folds, unfolds and toggles, telling its readers only of changes', () => {
  const store = new FoldingStore()
  let told = 0
  store.subscribe(() => told++)
  store.fold('a')
  store.fold('a')
  store.toggle('b')
  store.unfoldAll(['c'])
  expect([...store.getState()]).toEqual(['a', 'b'])
  expect(told).toBe(2)
  store.toggle('a')
  expect([...store.getState()]).toEqual(['b'])
})
