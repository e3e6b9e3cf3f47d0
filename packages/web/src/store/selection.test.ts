import { expect, test } from 'vitest'
import { SelectionStore } from './selection.ts'

test('a selection is extended from the row that was last changed', () => {
  const selection = new SelectionStore()
  const ids = ['a', 'b', 'c', 'd', 'e']
  selection.toggle('d')
  selection.extendTo('b', ids)
  expect([...selection.getState()].sort()).toEqual(['b', 'c', 'd'])
  selection.toggle('c')
  selection.extendTo('gone', ids)
  expect([...selection.getState()].sort()).toEqual(['b', 'd'])
  selection.clear()
  selection.extendTo('e', ids)
  expect([...selection.getState()]).toEqual(['e'])
})
