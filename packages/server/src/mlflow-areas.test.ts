import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTrackingServer, type TrackingServer } from './testing.ts'

let server: TrackingServer
let experimentId: string

beforeAll(async () => {
  server = await startTrackingServer()
  experimentId = (await ask('POST', '2.0/mlflow/experiments/create', { name: 'areas' })).json.experiment_id
})
afterAll(() => server.stop())

/** Asks MLflow's REST API: the status and the JSON of the answer, of whatever shape. */
async function ask(method: string, path: string, body?: unknown) {
  const answer = await fetch(`${server.url}/api/${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  })
  const text = await answer.text()
  return { status: answer.status, text, json: text.startsWith('{') ? JSON.parse(text) : null }
}

async function traceWith(name: string, tokens: number, within = experimentId): Promise<string> {
  const traceId = randomBytes(16).toString('hex')
  const span = {
    traceId,
    spanId: randomBytes(8).toString('hex'),
    name,
    startTimeUnixNano: '1800000000000000000',
    endTimeUnixNano: '1800000001000000000',
    attributes: [
      { key: 'mlflow.spanType', value: { stringValue: '"CHAT_MODEL"' } },
      {
        key: 'mlflow.chat.tokenUsage',
        value: {
          stringValue: JSON.stringify({ input_tokens: tokens, output_tokens: 1, total_tokens: tokens + 1 }),
        },
      },
    ],
  }
  const answer = await fetch(`${server.url}/v1/traces`, {
    method: 'POST',
    body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }),
    headers: { 'content-type': 'application/json', 'x-mlflow-experiment-id': within },
  })
  expect(answer.status).toBe(200)
  return `tr-${traceId}`
}

describe('prompts and registered models', () => {
  const prompt = [{ key: 'mlflow.prompt.is_prompt', value: 'true' }]
  const create = (name: string, tags: unknown[] = []) =>
    ask('POST', '2.0/mlflow/registered-models/create', { name, tags })
  const version = (name: string) =>
    ask('POST', '2.0/mlflow/model-versions/create', { name, source: 'prompt-template', tags: prompt })

  test('number their versions, and never use the number of a deleted one again', async () => {
    await create('greeting', prompt)
    expect((await version('greeting')).json.model_version).toMatchObject({ version: '1', status: 'READY' })
    expect((await version('greeting')).json.model_version.version).toBe('2')
    await ask('DELETE', '2.0/mlflow/model-versions/delete', { name: 'greeting', version: '2' })
    expect((await version('greeting')).json.model_version.version).toBe('3')
    const made = await Promise.all([version('greeting'), version('greeting'), version('greeting')])
    expect(new Set(made.map(({ json }) => json.model_version.version))).toEqual(new Set(['4', '5', '6']))
  })

  test('are found by alias until the version goes', async () => {
    await create('farewell', prompt)
    await version('farewell')
    const alias = { name: 'farewell', alias: 'champion', version: '1' }
    expect((await ask('POST', '2.0/mlflow/registered-models/alias', alias)).status).toBe(200)
    const byAlias = () => ask('GET', '2.0/mlflow/registered-models/alias?name=farewell&alias=champion')
    expect((await byAlias()).json.model_version).toMatchObject({ version: '1', aliases: ['champion'] })
    await ask('DELETE', '2.0/mlflow/model-versions/delete', { name: 'farewell', version: '1' })
    expect((await byAlias()).json.message).toBe('Registered model alias champion not found.')
    const reserved = await ask('POST', '2.0/mlflow/registered-models/alias', { ...alias, alias: 'Latest' })
    expect(reserved.json.message).toMatch('reserved')
  })

  test('are searched apart, and share their names', async () => {
    await create('classifier')
    await create('question', prompt)
    const names = async (filter: string) => {
      const found = await ask(
        'GET',
        `2.0/mlflow/registered-models/search?filter=${encodeURIComponent(filter)}`,
      )
      return found.json.registered_models.map((one: { name: string }) => one.name)
    }
    expect(await names('')).toEqual(['classifier'])
    expect(await names("tags.`mlflow.prompt.is_prompt` = 'true'")).toContain('question')
    expect((await create('question', prompt)).json).toMatchObject({
      error_code: 'RESOURCE_ALREADY_EXISTS',
      message: 'Prompt (name=question) already exists.',
    })
    expect((await create('question')).json.message).toMatch('already taken by a prompt')
    expect((await create('a/b')).json.message).toBe(
      "Invalid model name 'a/b'. Names cannot contain '/' or ':'.",
    )
  })
})

describe('scorers', () => {
  test('have versions, the newest of which is listed', async () => {
    const register = (serialized: string) =>
      ask('POST', '3.0/mlflow/scorers/register', {
        experiment_id: experimentId,
        name: 'kind',
        serialized_scorer: serialized,
      })
    expect((await register('{"a":1}')).json).toMatchObject({
      version: 1,
      name: 'kind',
      experiment_id: experimentId,
    })
    const { json } = await register('{"a":2}')
    const listed = await ask('GET', `3.0/mlflow/scorers/list?experiment_id=${experimentId}`)
    expect(listed.json.scorers).toEqual([
      {
        experiment_id: Number(experimentId),
        scorer_name: 'kind',
        scorer_version: 2,
        serialized_scorer: '{"a":2}',
        creation_time: json.creation_time,
        scorer_id: json.scorer_id,
      },
    ])
    expect((await register('not json')).json.message).toMatch('must be valid JSON')
    const wish = { experiment_id: experimentId, name: 'kind', sample_rate: 0 }
    expect((await ask('PUT', '3.0/mlflow/scorers/online-config', wish)).json.config).toMatchObject({
      sample_rate: 0,
      scorer_id: json.scorer_id,
    })
    const running = await ask('PUT', '3.0/mlflow/scorers/online-config', { ...wish, sample_rate: 0.5 })
    expect(running.json.message).toMatch('does not use a gateway model')
    await ask('DELETE', '3.0/mlflow/scorers/delete', { experiment_id: experimentId, name: 'kind' })
    const gone = await ask('GET', `3.0/mlflow/scorers/get?experiment_id=${experimentId}&name=kind`)
    expect([gone.status, gone.json.message]).toEqual([
      404,
      `Scorer with name 'kind' not found for experiment ${experimentId}.`,
    ])
  })
})

describe('evaluation datasets', () => {
  test('hold the same inputs once, whatever the order of their keys, and page through records', async () => {
    const { dataset } = (
      await ask('POST', '3.0/mlflow/datasets/create', {
        name: 'cases',
        experiment_ids: [experimentId],
        tags: '{"team":"voice"}',
      })
    ).json
    expect(dataset.dataset_id).toMatch(/^d-[0-9a-f]{32}$/)
    const path = `3.0/mlflow/datasets/${dataset.dataset_id}`
    const add = (records: unknown) => ask('POST', `${path}/records`, { records: JSON.stringify(records) })
    const first = [
      { inputs: { a: 1, b: 2 }, expectations: { x: 1 } },
      { inputs: { a: 2 }, outputs: 'no' },
    ]
    expect((await add(first)).json).toEqual({ inserted_count: 2, updated_count: 0 })
    expect((await add([{ inputs: { b: 2, a: 1 }, expectations: { y: 2 } }])).json).toEqual({
      inserted_count: 0,
      updated_count: 1,
    })
    const page = (await ask('GET', `${path}/records?max_results=1`)).json
    const [record] = JSON.parse(page.records)
    expect(record).toMatchObject({ inputs: { a: 1, b: 2 }, expectations: { x: 1, y: 2 }, tags: {} })
    const next = await ask(
      'GET',
      `${path}/records?max_results=1&page_token=${encodeURIComponent(page.next_page_token)}`,
    )
    expect(JSON.parse(next.json.records)[0].outputs).toBe('no')
    expect(next.json.next_page_token).toBeUndefined()
    const read = (await ask('GET', path)).json.dataset
    expect(JSON.parse(read.profile)).toEqual({ num_records: 2 })
    expect(JSON.parse(read.schema).inputs).toEqual({ a: 'integer', b: 'integer' })
    expect(read.digest).not.toBe(dataset.digest)
    expect((await add('x')).status).toBe(400)
    const found = await ask('POST', '3.0/mlflow/datasets/search', {
      experiment_ids: [experimentId],
      filter_string: "tags.team = 'voice'",
    })
    expect(found.json.datasets).toHaveLength(1)
    await ask('DELETE', path)
    expect((await ask('GET', path)).json.message).toBe(
      `Evaluation dataset with id '${dataset.dataset_id}' not found`,
    )
  })
})

describe('figures over traces', () => {
  test('count, add and group as asked, and refuse what a metric has not', async () => {
    const own = await ask('POST', '2.0/mlflow/experiments/create', { name: 'figures' })
    const counted: string = own.json.experiment_id
    const traceIds = [await traceWith('fast', 7, counted), await traceWith('slow', 9, counted)]
    const query = (change: object) =>
      ask('POST', '3.0/mlflow/traces/metrics', {
        experiment_ids: [counted],
        view_type: 'TRACES',
        metric_name: 'trace_count',
        aggregations: [{ aggregation_type: 'COUNT' }],
        ...change,
      })
    expect((await query({ dimensions: ['trace_name'] })).json.data_points).toEqual([
      { metric_name: 'trace_count', dimensions: { trace_name: 'fast' }, values: { COUNT: 1 } },
      { metric_name: 'trace_count', dimensions: { trace_name: 'slow' }, values: { COUNT: 1 } },
    ])
    const bucketed = await query({
      metric_name: 'total_tokens',
      aggregations: [{ aggregation_type: 'SUM' }, { aggregation_type: 'PERCENTILE', percentile_value: 50 }],
      time_interval_seconds: 3600,
      start_time_ms: 1_800_000_000_000,
      end_time_ms: 1_800_000_000_000,
    })
    expect(bucketed.json.data_points).toEqual([
      {
        metric_name: 'total_tokens',
        dimensions: { time_bucket: '2027-01-15T08:00:00+00:00' },
        values: { SUM: 18, 'P50.0': 9 },
      },
    ])
    expect((await query({ filters: ["trace.status = 'ERROR'"] })).json.data_points[0].values).toEqual({
      COUNT: 0,
    })
    expect((await query({ dimensions: ['colour'] })).json.message).toMatch('Found invalid dimension(s)')
    expect((await query({ filters: ['trace.colour = 1'] })).status).toBe(400)
    const correlation = await ask('POST', '3.0/mlflow/traces/calculate-filter-correlation', {
      experiment_ids: [counted],
      filter_string1: "trace.name = 'fast'",
      filter_string2: "trace.name = 'slow'",
    })
    expect(correlation.json).toMatchObject({ npmi: -1, filter1_count: 1, filter2_count: 1, joint_count: 0 })
    const nothing = await ask('POST', '3.0/mlflow/traces/calculate-filter-correlation', {
      experiment_ids: [counted],
      filter_string1: "trace.name = 'fast'",
      filter_string2: "trace.name = 'never'",
    })
    expect(nothing.json).not.toHaveProperty('npmi')
    await ask('POST', '2.0/mlflow/traces/link-prompts', {
      trace_id: traceIds[0],
      prompt_versions: [{ name: 'greeting', version: '3' }],
    })
    const found = await ask('POST', '3.0/mlflow/traces/search', {
      locations: [{ type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: counted } }],
      filter: "prompt = 'greeting/3'",
    })
    expect(found.json.traces.map((one: { trace_id: string }) => one.trace_id)).toEqual([traceIds[0]])
  })
})

describe('files', () => {
  const files = '2.0/mlflow-artifacts/artifacts'

  test('are deleted, also whole directories', async () => {
    for (const name of ['a.txt', 'b.txt']) {
      await fetch(`${server.url}/api/${files}/9/dir/${name}`, { method: 'PUT', body: name })
    }
    expect((await ask('GET', `${files}?path=9/dir`)).json.files).toEqual([
      { path: 'a.txt', is_dir: false, file_size: 5 },
      { path: 'b.txt', is_dir: false, file_size: 5 },
    ])
    expect((await ask('DELETE', `${files}/9/dir/a.txt`)).status).toBe(200)
    expect((await ask('GET', `${files}/9/dir/a.txt`)).status).toBe(404)
    await ask('DELETE', `${files}/9/dir`)
    expect((await ask('GET', `${files}?path=9/dir`)).json.files).toEqual([])
    const multipart = await ask('POST', '2.0/mlflow-artifacts/mpu/create/9/x', {})
    expect([multipart.status, multipart.json.error_code]).toEqual([501, 'NOT_IMPLEMENTED'])
  })

  test('of a trace that came by OTLP are made of its spans', async () => {
    const traceId = await traceWith('by OTLP', 1)
    const path = `${files}/${experimentId}/traces/${traceId}/artifacts/traces.json`
    const { json, text } = await ask('GET', path)
    expect(json.spans[0]).toMatchObject({
      name: 'by OTLP',
      parent_span_id: null,
      status: { code: 'STATUS_CODE_UNSET' },
      attributes: { 'mlflow.spanType': '"CHAT_MODEL"', 'mlflow.traceRequestId': `"${traceId}"` },
    })
    expect(text).toContain('"start_time_unix_nano":1800000000000000000,')
    const shown = await fetch(`${server.url}/ajax-api/3.0/mlflow/get-trace-artifact?request_id=${traceId}`)
    expect(await shown.text()).toBe(text)
  })
})

describe('what MLflow\u2019s web app asks beside REST', () => {
  test('is answered by GraphQL, with errors inside the answer', async () => {
    const run = (await ask('POST', '2.0/mlflow/runs/create', { experiment_id: experimentId })).json.run
    const metrics = [{ key: 'odd', value: 'NaN', timestamp: 1, step: 0 }]
    await ask('POST', '2.0/mlflow/runs/log-batch', { run_id: run.info.run_id, metrics })
    const query = async (text: string, variables: object) => {
      const answer = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        body: JSON.stringify({ query: text, variables }),
        headers: { 'content-type': 'application/json' },
      })
      return JSON.parse(await answer.text())
    }
    const read = await query(
      `query Q($input: MlflowGetRunInput!) @component(name: "x") { mlflowGetRun(input: $input) { run {
         info { runId startTime status } data { metrics { key value step } } experiment { name } } apiError { code } } }`,
      { input: { runId: run.info.run_id } },
    )
    expect(read).toEqual({
      data: {
        mlflowGetRun: {
          run: {
            info: { runId: run.info.run_id, startTime: String(run.info.start_time), status: 'RUNNING' },
            data: { metrics: [{ key: 'odd', value: null, step: '0' }] },
            experiment: { name: 'areas' },
          },
          apiError: null,
        },
      },
      errors: null,
    })
    const missing = await query(
      '{ mlflowGetExperiment(input: { experimentId: "999999" }) { experiment { name } apiError { code } } }',
      {},
    )
    expect(missing.data.mlflowGetExperiment).toEqual({
      experiment: null,
      apiError: { code: 'RESOURCE_DOES_NOT_EXIST' },
    })
    expect((await query('{ nonsense }', {})).errors).toHaveLength(1)
  })

  test('is refused honestly where this server does not offer it', async () => {
    const refused = await ask('GET', '3.0/mlflow/gateway/endpoints/list')
    expect([refused.status, refused.json.error_code]).toEqual([501, 'NOT_IMPLEMENTED'])
  })
})
