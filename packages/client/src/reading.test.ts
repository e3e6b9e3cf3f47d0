import { VoxtraceError } from '@voxtrace/model'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { spansOf } from './read-spans.ts'
import { Trace, TraceInfo } from './read-trace.ts'
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
        { key: 'mlflow.spanOutputs', value: { string_value: '5' } },
        { key: 'mlflow.spanLogLevel', value: { string_value: '20' } },
        { key: 'digits', value: { string_value: '007' } },
        { key: 'count', value: { int_value: '7' } },
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
      attributes: {
        'mlflow.spanInputs': '{"a":1}',
        'mlflow.spanType': '"LLM"',
        list: '[1.5,true]',
        'mlflow.spanOutputs': '5',
        'mlflow.spanLogLevel': '20',
        digits: '"007"',
        count: '7',
      },
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
    outputs: 5,
    logLevel: 20,
    attributes: { list: [1.5, true], digits: '007', count: 7 },
  })
  expect(message?.getAttribute('count')).toBe(7)
})

it('tells times, links and tokens as MLflow does, and gives the JSON that it was made of', () => {
  const link = { trace_id: 'tr-aa', span_id: 'bb', attributes: null }
  const json = {
    trace_id: 'qqqqqqqqqqqqqqqqqqqqqg==',
    span_id: 'u7u7u7u7u7s=',
    parent_span_id: '',
    name: 'span',
    start_time_unix_nano: 1_790_000_000_000_000_001n,
    end_time_unix_nano: 1_790_000_001_000_000_000n,
    status: { code: 'STATUS_CODE_ERROR', message: 'why' },
    attributes: { model: 'small' },
    events: [{ name: 'event', time_unix_nano: 1_790_000_000_500_000_000n, attributes: { index: 1 } }],
    links: [link],
  }
  const [span] = spansOf([json])
  expect(span?.startTime).toEqual([1_790_000_000, 1])
  expect(span?.endTime).toEqual([1_790_000_001, 0])
  expect(span?.toJson()).toEqual(json)
  const info = {
    trace_id: 'tr-aa',
    client_request_id: null,
    trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: '1' } },
    request_preview: 'asked',
    response_preview: null,
    request_time: '2026-09-21T14:13:20.000Z',
    execution_duration: '1.5s',
    state: 'OK',
    trace_metadata: { 'mlflow.trace.tokenUsage': '{"input_tokens":5,"output_tokens":3,"total_tokens":8}' },
    tags: { team: 'voice' },
    assessments: [],
  }
  const trace = new Trace(new TraceInfo(info), spansOf([json]))
  expect(trace.info.tokenUsage).toEqual({ input_tokens: 5, output_tokens: 3, total_tokens: 8 })
  expect(trace.toJson()).toEqual({ info, data: { spans: [json] } })
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
  const withoutText = '{"toString":{},"valueOf":{}}'
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
    {
      examples: [[`{"experiment":{"name":${withoutText}},"trace":{"spans":[{"name":${withoutText}}]}}`, 200]],
    },
  )
})
