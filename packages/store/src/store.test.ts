import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Store } from './store.ts'
import { createTestStore } from './testing.ts'

describe('the store', () => {
  let store: Store
  let close: () => Promise<void>
  beforeAll(async () => {
    ;({ store, close } = await createTestStore())
  })
  afterAll(() => close())

  test('holds the default experiment from the start', async () => {
    expect((await store.experiments.get('0')).name).toBe('Default')
  })
})
