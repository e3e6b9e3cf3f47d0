import { expect, it } from 'vitest'
import { spansOf } from './read-spans.ts'

it('reads spans alike from the answer of traces/get and from a trace file', () => {
  const ids = { trace_id: 'qqqqqqqqqqqqqqqqqqqqqg==', span_id: 'u7u7u7u7u7s=' }
  const times = { start_time_unix_nano: '1790000000000000001', end_time_unix_nano: '1790000000000000002' }
  const status = { code: 'STATUS_CODE_OK', message: '' }
  const [message] = spansOf([
    {
      ...ids,
      ...times,
      status,
      name: 'span',
      attributes: [
        {
          key: 'mlflow.spanInputs',
          value: { kvlist_value: { values: [{ key: 'a', value: { int_value: '1' } }] } },
        },
        { key: 'mlflow.spanType', value: { string_value: '"LLM"' } },
        { key: 'list', value: { array_value: { values: [{ double_value: 1.5 }, { bool_value: true }] } } },
      ],
    },
  ])
  const [filed] = spansOf([
    {
      ...ids,
      ...times,
      status,
      name: 'span',
      parent_span_id: '',
      attributes: { 'mlflow.spanInputs': '{"a":1}', 'mlflow.spanType': '"LLM"', list: '[1.5,true]' },
    },
  ])
  expect(message).toEqual(filed)
  expect(message).toMatchObject({
    traceId: `tr-${'aa'.repeat(16)}`,
    spanId: 'bb'.repeat(8),
    parentId: null,
    spanType: 'LLM',
    startTimeNs: 1_790_000_000_000_000_001n,
    status: { statusCode: 'OK' },
    inputs: { a: 1 },
    attributes: { list: [1.5, true] },
  })
})
