/** What MLflow's server refuses, and in which words. Each line was compared with MLflow 3.17. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTrackingServer, type TrackingServer } from './testing.ts'

let server: TrackingServer
const known: Record<string, string> = {}

const time = 1_700_000_000_000
const traceId = `tr-${'ab'.repeat(16)}`
const seeDocs = ' See the API docs for more information about request parameters.'
const characters =
  'Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).'

beforeAll(async () => {
  server = await startTrackingServer()
  const { json } = await ask('POST 2.0/mlflow/runs/create', { experiment_id: '0', run_name: 'r' })
  known.run = json.run.info.run_id
  await ask('POST 2.0/mlflow/runs/log-parameter', { run_id: known.run, key: 'p', value: '1' })
  await ask('POST 2.0/mlflow/registered-models/create', { name: 'model' })
  const location = { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: '0' } }
  await ask('POST 3.0/mlflow/traces', {
    trace: {
      trace_info: {
        trace_id: traceId,
        trace_location: location,
        request_time: '2026-01-01T00:00:00Z',
        execution_duration: '1.25s',
        state: 'OK',
      },
    },
  })
  const assessment = { assessment_name: 'tone', source: { source_type: 'HUMAN', source_id: 'me' } }
  for (const [kind, value] of Object.entries({ feedback: 3, expectation: 'yes' })) {
    const created = await ask(`POST 3.0/mlflow/traces/${traceId}/assessments`, {
      assessment: { ...assessment, [kind]: { value } },
    })
    known[kind] = created.json.assessment.assessment_id
  }
})
afterAll(() => server.stop())

/** Asks MLflow's REST API; `{run}` and the like stand for ids of what is there. */
async function ask(request: string, body?: unknown) {
  const filled = (text: string) =>
    text.replace(/\{(run|feedback|expectation)\}/g, (_all, name) => known[name] ?? name)
  const [method, path] = filled(request).split(' ')
  const answer = await fetch(`${server.url}/api/${path}`, {
    ...(method === undefined ? {} : { method }),
    ...(body === undefined
      ? {}
      : { body: filled(JSON.stringify(body)), headers: { 'content-type': 'application/json' } }),
  })
  const text = await answer.text()
  return { status: answer.status, text, json: JSON.parse(text) }
}

const metric = { run_id: '{run}', key: 'm', value: 1, timestamp: time, step: 0 }
const one = `3.0/mlflow/traces/${traceId}`

describe('is refused', () => {
  test.each([
    ['POST 2.0/mlflow/experiments/create', {}, `Missing value for required parameter 'name'.${seeDocs}`],
    [
      'POST 2.0/mlflow/experiments/create',
      { name: 5 },
      `Invalid value 5 for parameter 'name' supplied:  Hint: Value was of type 'int'.${seeDocs}`,
    ],
    [
      'POST 2.0/mlflow/experiments/create',
      { name: 'x'.repeat(501) },
      "'name' exceeds the maximum length of 500 characters",
    ],
    [
      'POST 2.0/mlflow/experiments/create',
      { name: 'a', artifact_location: 's3://b/c#d' },
      "'artifact_location' URL can't include fragments or params.",
    ],
    [
      'GET 2.0/mlflow/experiments/get?experiment_id=abc',
      undefined,
      "Invalid experiment ID 'abc'. Experiment ID must be a valid integer.",
    ],
    [
      'POST 2.0/mlflow/experiments/search',
      { max_results: 0 },
      "Invalid value 0 for parameter 'max_results' supplied. It must be a positive integer",
    ],
    [
      'POST 2.0/mlflow/experiments/search',
      { max_results: 50_001 },
      "Invalid value 50001 for parameter 'max_results' supplied. It must be at most 50000",
    ],
    [
      'POST 2.0/mlflow/runs/create',
      { experiment_id: '0', run_name: 'x', tags: [{ key: 'mlflow.runName', value: 'y' }] },
      "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='x', mlflow.runName='y').",
    ],
    [
      'POST 2.0/mlflow/runs/search',
      { experiment_ids: ['abc'] },
      "Invalid experiment ID 'abc'. Experiment ID must be a valid integer.",
    ],
    [
      'POST 2.0/mlflow/runs/log-metric',
      { ...metric, key: 'a$b' },
      `Invalid value "a$b" for parameter 'name' supplied: ${characters}`,
    ],
    [
      'POST 2.0/mlflow/runs/log-batch',
      { run_id: '{run}', tags: [{ key: 'a//b', value: '' }] },
      "Invalid value \"a//b\" for parameter 'tags[0].key' supplied: Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to 'a/b'",
    ],
    [
      'POST 2.0/mlflow/runs/log-metric',
      { ...metric, key: 'x'.repeat(251) },
      "'Metric name' exceeds the maximum length of 250 characters",
    ],
    [
      'POST 2.0/mlflow/runs/log-metric',
      { ...metric, timestamp: -5 },
      "Invalid value -5 for parameter 'timestamp' supplied: metric 'm' (value=1.0). Timestamp must be a nonnegative long (64-bit integer) ",
    ],
    [
      'POST 2.0/mlflow/runs/log-parameter',
      { run_id: '{run}', key: 'p', value: '2' },
      "Changing param values is not allowed. Param with key='p' was already logged with value='1' for run ID='{run}'. Attempted logging new value '2'.",
    ],
    [
      'POST 2.0/mlflow/runs/log-batch',
      {
        run_id: '{run}',
        params: [
          { key: 'q', value: '1' },
          { key: 'q', value: '1' },
        ],
      },
      "Duplicate parameter keys have been submitted: ['q']. Please ensure the request contains only one param value per param key.",
    ],
    [
      `PATCH ${one}/tags`,
      { key: 'odd$', value: 'v' },
      `Invalid value "odd$" for parameter 'key' supplied: ${characters}`,
    ],
    [
      `PATCH ${one}/tags`,
      { key: 'mlflow.trace.spansLocation', value: 'v' },
      "Tag 'mlflow.trace.spansLocation' is immutable and cannot be set on a trace.",
    ],
    [
      'GET 3.0/mlflow/traces/batchGet',
      undefined,
      `Missing value for required parameter 'trace_ids'.${seeDocs}`,
    ],
    [
      'POST 3.0/mlflow/traces/delete-traces',
      { experiment_id: '0' },
      'Either `max_timestamp_millis` or `trace_ids` must be specified.',
    ],
    [
      'POST 3.0/mlflow/traces/delete-traces',
      { experiment_id: '0', max_timestamp_millis: time, max_traces: -1 },
      '`max_traces` must be a positive integer, received -1.',
    ],
    [
      `PATCH ${one}/assessments/{feedback}`,
      { assessment: { expectation: { value: 1 } }, update_mask: 'expectation' },
      'Cannot update expectation value on a Feedback assessment.',
    ],
    [
      `PATCH ${one}/assessments/{expectation}`,
      { assessment: { feedback: { value: 1 } }, update_mask: 'feedback' },
      'Cannot update feedback value on an Expectation assessment.',
    ],
    [
      'POST 3.0/mlflow/traces/search',
      {
        locations: [{ type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: '0' } }],
        filter: "prompt = 'p'",
      },
      'Invalid prompts filter value \'p\'. Expected format: prompt = "name/version" (at character 10)',
    ],
    [
      'POST 2.0/mlflow/model-versions/create',
      { name: 'model', source: '/etc/passwd' },
      "Invalid model version source: '/etc/passwd'. To use a local path as a model version source, the run_id request parameter has to be specified and the local path has to be contained within the artifact directory of the run specified by the run_id.",
    ],
    [
      'POST 2.0/mlflow/logged-models',
      { experiment_id: '0', name: 'a/b' },
      "Invalid model name ('a/b') provided. Model name must be a non-empty string and cannot contain the following characters: ('/', ':', '.', '%', '\"', \"'\")",
    ],
  ])('%s %j', async (request, body, message) => {
    const { status, json } = await ask(request, body)
    expect([status, json]).toEqual([
      400,
      { error_code: 'INVALID_PARAMETER_VALUE', message: message.replace('{run}', known.run ?? '') },
    ])
  })
})

describe('is taken', () => {
  test('a key in letters of any script, and a body that an old client encoded twice', async () => {
    expect((await ask('POST 2.0/mlflow/runs/log-metric', { ...metric, key: 'größe 日本' })).status).toBe(200)
    const twice = await fetch(`${server.url}/api/2.0/mlflow/experiments/create`, {
      method: 'POST',
      body: JSON.stringify(JSON.stringify({ name: 'twice' })),
    })
    expect(twice.status).toBe(200)
  })

  test('what is not there: the history of an unknown run is empty, and an assessment can be deleted again', async () => {
    const history = await ask('GET 2.0/mlflow/metrics/get-history?run_id=none&metric_key=m')
    expect([history.status, history.json]).toEqual([200, { metrics: [] }])
    expect((await ask(`DELETE ${one}/assessments/a-none`)).status).toBe(200)
  })
})

test('times and durations have the form of protobuf, and 64-bit integers of spans are numbers with all their digits', async () => {
  const info = (await ask(`GET ${one}`)).json.trace.trace_info
  expect([info.request_time, info.execution_duration]).toEqual(['2026-01-01T00:00:00Z', '1.250s'])
  const span = {
    traceId: 'cd'.repeat(16),
    spanId: 'ef'.repeat(8),
    name: 'llm',
    startTimeUnixNano: '1800000000000000001',
    endTimeUnixNano: '1800000001000000003',
    attributes: [
      { key: 'gen_ai.operation.name', value: { stringValue: 'chat' } },
      { key: 'gen_ai.request.model', value: { stringValue: 'gpt' } },
      { key: 'gen_ai.usage.input_tokens', value: { intValue: '7' } },
      { key: 'gen_ai.usage.output_tokens', value: { intValue: '2' } },
    ],
  }
  await fetch(`${server.url}/v1/traces`, {
    method: 'POST',
    body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }),
    headers: { 'content-type': 'application/json', 'x-mlflow-experiment-id': '0' },
  })
  const { text, json } = await ask(`GET 3.0/mlflow/traces/get?trace_id=tr-${span.traceId}`)
  expect(text).toContain(
    '"start_time_unix_nano":1800000000000000001,"end_time_unix_nano":1800000001000000003',
  )
  const attributes: { key: string; value: unknown }[] = json.trace.spans[0].attributes
  const attribute = (key: string) => attributes.find((one) => one.key === key)?.value
  expect(attribute('gen_ai.usage.input_tokens')).toEqual({ int_value: 7 })
  expect(attribute('mlflow.llm.model')).toEqual({ string_value: 'gpt' })
  expect(attribute('mlflow.chat.tokenUsage')).toEqual({
    kvlist_value: {
      values: [
        { key: 'input_tokens', value: { int_value: 7 } },
        { key: 'output_tokens', value: { int_value: 2 } },
        { key: 'total_tokens', value: { int_value: 9 } },
      ],
    },
  })
})
