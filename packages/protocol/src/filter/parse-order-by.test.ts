import { describe, expect, it } from 'vitest'
import { parseOrderBy } from './parse-order-by.ts'

describe('order clauses', () => {
  it('reads a field and its direction, ascending unless it says otherwise', () => {
    expect(parseOrderBy(['metrics.acc DESC', 'attributes.start_time', 'params.`my lr` asc'], 'runs')).toEqual(
      [
        { field: { type: 'metric', key: 'acc' }, ascending: false },
        { field: { type: 'run_attribute', key: 'start_time' }, ascending: true },
        { field: { type: 'param', key: 'my lr' }, ascending: true },
      ],
    )
    expect(parseOrderBy(['timestamp DESC', 'execution_time_ms'], 'traces')).toEqual([
      { field: { type: 'trace_attribute', key: 'timestamp_ms' }, ascending: false },
      { field: { type: 'trace_attribute', key: 'execution_time_ms' }, ascending: true },
    ])
    expect(parseOrderBy(['experiment_id', 'last_update_time desc'], 'experiments')).toEqual([
      { field: { type: 'experiment_attribute', key: 'experiment_id' }, ascending: true },
      { field: { type: 'experiment_attribute', key: 'last_update_time' }, ascending: false },
    ])
  })

  it('gives no order for no clauses', () => {
    expect(parseOrderBy([], 'runs')).toEqual([])
  })

  it.each([
    ['', /Could not be parsed/],
    ['status DOWN', /^Invalid ordering key in order_by clause 'status DOWN'\.$/],
    ['status DESC nonsense', /Could not be parsed/],
    ['status, name', /Could not be parsed/],
    ['foo', /^Invalid attribute key 'foo'/],
    ['prompt', /^Invalid order_by entity/],
    ['span.name DESC', /^Invalid order_by entity: span/],
  ])('says what is wrong with %j', (text, message) => {
    expect(() => parseOrderBy([text], 'traces')).toThrow(message)
  })
})
