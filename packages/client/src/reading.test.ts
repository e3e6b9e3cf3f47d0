import { VoxtraceError } from '@voxtrace/model'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { spansOf } from './read-spans.ts'
import { Reading } from './reading.ts'

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

it('reads any answer, or says what is wrong with it', async () => {
  const span = fc.record(
    {
      trace_id: fc.jsonValue(),
      span_id: fc.oneof(fc.string(), fc.base64String(), fc.jsonValue()),
      parent_span_id: fc.jsonValue(),
      start_time_unix_nano: fc.oneof(fc.double(), fc.string(), fc.jsonValue()),
      attributes: fc.oneof(
        fc.jsonValue(),
        fc.array(fc.record({ key: fc.jsonValue(), value: fc.jsonValue() })),
      ),
      events: fc.jsonValue(),
      status: fc.jsonValue(),
    },
    { requiredKeys: [] },
  )
  const info = fc.oneof(
    fc.jsonValue(),
    fc.record({ trace_location: fc.jsonValue(), request_time: fc.jsonValue(), tags: fc.jsonValue() }),
  )
  const traces = fc.record({
    trace: fc.record({ trace_info: info, spans: fc.array(span) }),
    spans: fc.array(span),
  })
  const lists = fc.record({ traces: fc.array(info), next_page_token: fc.jsonValue() })
  const experiment = fc.record({
    experiment: fc.record({ tags: fc.array(fc.jsonValue()), name: fc.jsonValue() }),
  })
  const body = fc.oneof(
    fc.string(),
    fc.oneof(traces, lists, experiment, fc.jsonValue()).map((value) => JSON.stringify(value)),
  )
  const status = fc.constantFrom(200, 204, 301, 404, 500)
  await fc.assert(
    fc.asyncProperty(body, status, async (answer, code) => {
      const reading = new Reading({
        send: async () => ({ status: code, statusText: '', headers: {}, body: answer }),
        gzip: async () => new Uint8Array(),
        close: () => {},
      })
      const asked = await Promise.allSettled([
        reading.trace('tr-1'),
        reading.traceInfo('tr-1'),
        reading.search({ experimentIds: ['1'] }),
        reading.searchWithSpans({ experimentIds: ['1'] }),
        reading.experiment({ id: '1' }),
        reading.createExperiment('name'),
        reading.deleteExperiment('1'),
      ])
      for (const outcome of asked) {
        if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(VoxtraceError)
      }
    }),
  )
})
