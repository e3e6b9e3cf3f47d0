import { describe, expect, it } from 'vitest'
import { figuresOf } from './metric-figures.ts'

const metric = (key: string, value: number, step = 0) => ({ key, value, step, timestampMs: 0 })

describe('the figures of a run', () => {
  it('put what sums a metric up in one row, with the columns that are needed', () => {
    const metrics = [metric('wait_ms.max', 900), metric('wait_ms.mean', 500), metric('turn.count', 3)]
    expect(figuresOf(metrics)).toEqual({
      columns: ['value', 'mean', 'max'],
      rows: [
        { name: 'wait_ms', values: [null, 500, 900] },
        { name: 'turn.count', values: [3, null, null] },
      ],
    })
  })

  it('leave out what was logged over steps', () => {
    expect(figuresOf([metric('loss', 0.2, 40), metric('accuracy', 0.9)]).rows).toEqual([
      { name: 'accuracy', values: [0.9] },
    ])
  })

  it('take a last part of a name as it is when it sums nothing up', () => {
    expect(figuresOf([metric('max', 1), metric('a.value', 2), metric('b.min', 3)]).rows).toEqual([
      { name: 'max', values: [1] },
      { name: 'a.value', values: [2] },
      { name: 'b.min', values: [3] },
    ])
  })
})
