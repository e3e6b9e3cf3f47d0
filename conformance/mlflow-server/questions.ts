import { filters } from './filters.ts'
import type { Question } from './side.ts'

const time = 1_700_000_000_000

type More = Omit<Question, 'ask' | 'body' | 'query'>

const get = (path: string, query: Question['query'] = {}, more: More = {}): Question => ({
  ask: `GET ${path}`,
  query,
  ...more,
})
const send = (ask: string, body: object, more: More = {}): Question => ({ ask, body, ...more })
const post = (path: string, body: object, more: More = {}) => send(`POST ${path}`, body, more)

const experiments = '2.0/mlflow/experiments'
const runs = '2.0/mlflow/runs'
const metrics = '2.0/mlflow/metrics'
const traces = '3.0/mlflow/traces'
const tracesV2 = '2.0/mlflow/traces'
const models = '2.0/mlflow/registered-models'
const versions = '2.0/mlflow/model-versions'
const logged = '2.0/mlflow/logged-models'
const scorers = '3.0/mlflow/scorers'
const datasets = '3.0/mlflow/datasets'

const traceId = (letter: string) => `tr-${letter.repeat(32)}`
const locationOf = (experiment: string) => ({
  type: 'MLFLOW_EXPERIMENT',
  mlflow_experiment: { experiment_id: experiment },
})
const startTrace = (letter: string, info: object = {}) =>
  post(traces, {
    trace: {
      trace_info: {
        trace_id: traceId(letter),
        trace_location: locationOf('{experiment}'),
        request_time: '2026-01-02T03:04:05.678Z',
        execution_duration: '1.250s',
        state: 'OK',
        request_preview: 'hello',
        response_preview: 'bye',
        trace_metadata: { 'mlflow.trace.session': 's', 'mlflow.trace_schema.version': '3' },
        tags: { 'mlflow.traceName': 'chat', team: 'voice' },
        ...info,
      },
    },
  })

const human = { source_type: 'HUMAN', source_id: 'me' }
const ofTrace = `${traces}/${traceId('a')}`
const assess = (assessment: object, more: More = {}) =>
  post(`${ofTrace}/assessments`, { assessment: { source: human, ...assessment } }, more)
const amend = (id: string, assessment: object, update_mask: string, more: More = {}) =>
  send(`PATCH ${ofTrace}/assessments/${id}`, { assessment, update_mask }, more)

const metric = (key: string, value: number | string, step = 0, more: object = {}) =>
  post(`${runs}/log-metric`, { run_id: '{run}', key, value, timestamp: time + step, step, ...more })
const batch = (body: object, more: More = {}) => post(`${runs}/log-batch`, { run_id: '{run}', ...body }, more)
const many = (count: number, item: (index: number) => object) =>
  Array.from({ length: count }, (_, index) => item(index))

/** In this order, for later areas ask for what earlier ones made. */
export const questions: Record<string, Question[]> = {
  experiments: [
    get(`${experiments}/get`, { experiment_id: '0' }),
    post(
      `${experiments}/create`,
      { name: 'one', tags: [{ key: 'team', value: 'voice' }] },
      { keep: { experiment: 'experiment_id' } },
    ),
    post(
      `${experiments}/create`,
      { name: 'two', artifact_location: 'mlflow-artifacts:/elsewhere' },
      { keep: { second: 'experiment_id' } },
    ),
    post(`${experiments}/create`, { name: 'one' }, { ownWords: true }),
    post(`${experiments}/create`, {}),
    post(`${experiments}/create`, { name: '' }),
    post(`${experiments}/create`, { name: 5 }),
    post(`${experiments}/create`, { name: ['a'] }),
    post(`${experiments}/create`, { name: 'a', tags: 'x' }),
    post(`${experiments}/create`, { name: 'x'.repeat(501) }),
    post(`${experiments}/create`, { name: 'a', artifact_location: 's3://bucket/a#b' }),
    get(`${experiments}/get`, { experiment_id: '{experiment}' }),
    get(`${experiments}/get`, { experiment_id: '9999' }),
    get(`${experiments}/get`, { experiment_id: 'abc' }),
    get(`${experiments}/get`),
    get(`${experiments}/get-by-name`, { experiment_name: 'one' }),
    get(`${experiments}/get-by-name`, { experiment_name: 'none' }),
    post(`${experiments}/update`, { experiment_id: '{second}', new_name: 'zwei' }),
    post(`${experiments}/update`, { experiment_id: '{second}', new_name: 'x'.repeat(600) }),
    post(`${experiments}/update`, { experiment_id: '9999', new_name: 'a' }),
    post(`${experiments}/set-experiment-tag`, { experiment_id: '{second}', key: 'a b/c', value: 'v' }),
    post(`${experiments}/set-experiment-tag`, { experiment_id: '{second}', key: 'a//c', value: 'v' }),
    post(`${experiments}/set-experiment-tag`, { experiment_id: '{second}', key: 'k'.repeat(251), value: '' }),
    post(`${experiments}/delete-experiment-tag`, { experiment_id: '{second}', key: 'none' }),
    post(`${experiments}/delete`, { experiment_id: '{second}' }),
    get(`${experiments}/get`, { experiment_id: '{second}' }),
    post(`${experiments}/delete`, { experiment_id: '{second}' }),
    post(`${experiments}/set-experiment-tag`, { experiment_id: '{second}', key: 'k', value: 'v' }),
    post(`${runs}/create`, { experiment_id: '{second}', run_name: 'r' }),
    post(`${experiments}/search`, { max_results: 10, view_type: 'DELETED_ONLY' }),
    post(`${experiments}/restore`, { experiment_id: '{second}' }),
    post(`${experiments}/restore`, { experiment_id: '{second}' }),
    post(`${experiments}/search`, { max_results: 0 }),
    post(`${experiments}/search`, { max_results: 50_001 }),
    post(`${experiments}/search`, { max_results: 1, order_by: ['name DESC'] }),
    post(`${experiments}/search`, { max_results: 5, page_token: '?' }, { ownWords: true }),
    post(`${experiments}/search`, { max_results: 5, order_by: ['name SIDEWAYS'] }),
  ],
  runs: [
    post(
      `${runs}/create`,
      {
        experiment_id: '{experiment}',
        run_name: 'first',
        user_id: 'ann',
        start_time: time,
        tags: [{ key: 'a', value: 'b' }],
      },
      { keep: { run: 'run.info.run_id' } },
    ),
    post(`${runs}/create`, {
      experiment_id: '{experiment}',
      start_time: String(time),
      tags: [
        { key: 'mlflow.runName', value: 'by tag' },
        { key: 'mlflow.user', value: 'bob' },
      ],
    }),
    post(`${runs}/create`, {
      experiment_id: '{experiment}',
      run_name: 'x',
      tags: [{ key: 'mlflow.runName', value: 'y' }],
    }),
    post(`${runs}/create`, { experiment_id: '9999', run_name: 'x' }),
    post(`${runs}/create`, { experiment_id: 'abc', run_name: 'x' }),
    get(`${runs}/get`, { run_id: '{run}' }),
    get(`${runs}/get`, { run_uuid: '{run}' }),
    get(`${runs}/get`, { run_id: 'none' }),
    get(`${runs}/get`),
    post(`${runs}/update`, { run_id: '{run}', status: 'FINISHED', end_time: time + 500 }),
    post(`${runs}/update`, { run_id: '{run}', status: 4 }),
    post(`${runs}/update`, { run_uuid: '{run}', run_name: 'renamed' }),
    post(`${runs}/update`, { run_id: 'none', status: 'KILLED' }),
    post(`${runs}/update`, { status: 'KILLED' }),
    get(`${runs}/get`, { run_id: '{run}' }),
  ],
  metrics: [
    metric('m', 1),
    metric('m', 3, 5),
    metric('m', 2, 3),
    metric('m', 2, 3),
    metric('nan', 'NaN'),
    metric('inf', 'Infinity'),
    metric('-inf', '-Infinity'),
    metric('text', '2.5'),
    metric('a:b c-d.e/größe', 1),
    metric('early', 1, 0, { timestamp: -5 }),
    metric('later', 1, -3),
    metric('a$b', 1),
    metric('/a', 1),
    metric('', 1),
    metric('k'.repeat(251), 1),
    post(`${runs}/log-metric`, { run_id: '{run}', key: 'x', value: 1 }),
    post(`${runs}/log-metric`, { run_id: '{run}', key: 'x', timestamp: time }),
    post(`${runs}/log-metric`, { run_id: 'none', key: 'x', value: 1, timestamp: time }),
    get(`${metrics}/get-history`, { run_id: '{run}', metric_key: 'm' }),
    get(`${metrics}/get-history`, { run_id: '{run}', metric_key: 'nan' }),
    get(`${metrics}/get-history`, { run_id: '{run}', metric_key: 'inf' }),
    get(`${metrics}/get-history`, { run_id: 'none', metric_key: 'm' }),
    get(`${metrics}/get-history`, { run_id: '{run}' }),
    get(`${metrics}/get-history`, { run_id: '{run}', metric_key: 'm', max_results: '2' }),
    get(`${metrics}/get-history`, { run_id: '{run}', metric_key: 'm', max_results: '99999' }),
    get(`${metrics}/get-history-bulk-interval`, { run_ids: '{run}', metric_key: 'm' }),
    get(`${metrics}/get-history-bulk-interval`, {
      run_ids: '{run}',
      metric_key: 'm',
      start_step: '1',
      end_step: '3',
    }),
    get(`${metrics}/get-history-bulk-interval`, { run_ids: '{run}', metric_key: 'm', start_step: '1' }),
    get(`${metrics}/get-history-bulk-interval`, { run_ids: '{run}', metric_key: 'm', max_results: '1' }),
  ],
  'params, tags and batches': [
    post(`${runs}/log-parameter`, { run_id: '{run}', key: 'p', value: '1' }),
    post(`${runs}/log-parameter`, { run_id: '{run}', key: 'p', value: '1' }),
    post(`${runs}/log-parameter`, { run_id: '{run}', key: 'p', value: '2' }),
    post(`${runs}/log-parameter`, { run_id: '{run}', key: 'long', value: 'x'.repeat(6001) }),
    post(`${runs}/log-parameter`, { run_id: '{run}', key: 'a$', value: '1' }),
    post(`${runs}/log-parameter`, { run_id: 'none', key: 'p', value: '1' }),
    post(`${runs}/set-tag`, { run_id: '{run}', key: 't', value: '1' }),
    post(`${runs}/set-tag`, { run_id: '{run}', key: 'mlflow.runName', value: 'by tag' }),
    post(`${runs}/set-tag`, { run_id: '{run}', key: 'long', value: 'x'.repeat(8001) }),
    post(`${runs}/set-tag`, { run_id: '{run}', value: '1' }),
    post(`${runs}/delete-tag`, { run_id: '{run}', key: 't' }),
    post(`${runs}/delete-tag`, { run_id: '{run}', key: 't' }),
    batch({
      metrics: [
        { key: 'a', value: 1, timestamp: time, step: 1 },
        { key: 'a', value: 2, timestamp: time, step: 1 },
      ],
      params: [{ key: 'q', value: 'z' }],
      tags: [{ key: 't', value: 'x' }],
    }),
    batch({
      metrics: [{ key: 'b', value: 1, timestamp: time }],
      params: [
        { key: 'q', value: 'other' },
        { key: 'r', value: 'new' },
      ],
    }),
    batch({
      params: [
        { key: 'n', value: '1' },
        { key: 'n', value: '1' },
      ],
    }),
    batch({ metrics: many(1001, (n) => ({ key: `m${n}`, value: n, timestamp: time })) }),
    batch({ params: many(101, (n) => ({ key: `p${n}`, value: '' })) }),
    batch({ tags: many(101, (n) => ({ key: `t${n}`, value: '' })) }),
    batch({ metrics: [{ key: 'a$', value: 1, timestamp: time }] }),
    batch({ metrics: [{ key: 'a', value: 1 }] }),
    batch({ metrics: [{ value: 1, timestamp: time }] }),
    batch({ metrics: 'x' }),
    batch({ tags: [{ key: 'k'.repeat(251), value: 'x' }] }),
    get(`${runs}/get`, { run_id: '{run}' }),
  ],
  'datasets and files of runs': [
    post(`${runs}/log-inputs`, {
      run_id: '{run}',
      datasets: [
        {
          tags: [{ key: 'mlflow.data.context', value: 'train' }],
          dataset: { name: 'd', digest: '1', source_type: 'local', source: 's', schema: 'c', profile: 'p' },
        },
      ],
    }),
    post(`${runs}/log-inputs`, { run_id: 'none', datasets: [] }),
    post(`${runs}/outputs`, { models: [] }),
    get(`${runs}/get`, { run_id: '{run}' }),
    get('2.0/mlflow/artifacts/list', { run_id: '{run}' }),
    get('2.0/mlflow/artifacts/list', { run_id: '{run}', path: '../x' }),
    get('2.0/mlflow/artifacts/list', { run_id: 'none' }),
    get('2.0/mlflow-artifacts/artifacts', { path: '../..' }),
    get('2.0/mlflow-artifacts/artifacts/..%2f..%2fetc/passwd'),
  ],
  'deleting runs': [
    post(`${runs}/delete`, { run_id: '{run}' }),
    post(`${runs}/delete`, { run_id: 'none' }),
    post(`${runs}/set-tag`, { run_id: '{run}', key: 'm', value: '1' }),
    post(`${runs}/update`, { run_id: '{run}', status: 'FAILED' }),
    post(
      `${runs}/search`,
      { experiment_ids: ['{experiment}'], run_view_type: 'DELETED_ONLY' },
      { found: 'run_name' },
    ),
    post(`${runs}/restore`, { run_id: '{run}' }),
    post(`${runs}/search`, { experiment_ids: ['{experiment}'], max_results: -1 }),
    post(`${runs}/search`, { experiment_ids: ['abc'] }),
    post(`${runs}/search`, { experiment_ids: ['9999'] }),
  ],
  traces: [
    startTrace('a'),
    startTrace('b', { client_request_id: 'c-1', state: 'IN_PROGRESS', execution_duration: '0s' }),
    startTrace('c', {
      assessments: [
        {
          assessment_id: 'a-given',
          assessment_name: 'with the trace',
          trace_id: traceId('c'),
          source: human,
          feedback: { value: 3 },
          create_time: '2026-01-01T00:00:00Z',
          last_update_time: '2026-01-01T00:00:01Z',
        },
      ],
    }),
    startTrace('d', { trace_location: locationOf('9999') }),
    startTrace('d', { trace_location: locationOf('abc') }),
    post(traces, {}),
    get(`${traces}/${traceId('a')}`),
    get(`${traces}/${traceId('c')}`),
    get(`${traces}/tr-none`),
    get(`${traces}/get`, { trace_id: 'tr-none' }),
    get(`${traces}/get`),
    get(`${traces}/batchGet`),
    post(`${traces}/batchGetInfos`, { trace_ids: [traceId('b'), 'tr-none', traceId('a')] }),
    post(
      `${traces}/search`,
      { locations: [locationOf('{experiment}')], max_results: 501 },
      { ownWords: true },
    ),
    post(`${traces}/search`, { locations: [locationOf('{experiment}')], max_results: 0 }),
    post(`${traces}/search`, {}),
    get(tracesV2),
    get(`${tracesV2}/tr-none/info`),
  ],
  'tags and links of traces': [
    send(`PATCH ${ofTrace}/tags`, { key: 'k', value: 'v' }),
    send(`PATCH ${ofTrace}/tags`, { value: 'v' }),
    send(`PATCH ${ofTrace}/tags`, { key: 'odd$', value: 'v' }),
    send(`PATCH ${ofTrace}/tags`, { key: 'mlflow.trace.spansLocation', value: 'v' }),
    send(`PATCH ${tracesV2}/${traceId('a')}/tags`, { key: 'second', value: 'v' }),
    send(`DELETE ${ofTrace}/tags`, { key: 'k' }),
    send(`DELETE ${ofTrace}/tags`, { key: 'k' }),
    post(`${tracesV2}/link-to-run`, { trace_ids: [traceId('a')], run_id: '{run}' }),
    post(`${tracesV2}/link-to-run`, {
      trace_ids: Array.from({ length: 101 }, (_, n) => `tr-${n}`),
      run_id: '{run}',
    }),
    post(`${tracesV2}/link-prompts`, { trace_id: 'tr-none', prompt_versions: [{ name: 'p', version: '1' }] }),
    get(ofTrace),
  ],
  assessments: [
    assess(
      { assessment_name: 'tone', feedback: { value: 'yes' }, rationale: 'r', metadata: { a: 'b' } },
      { keep: { tone: 'assessment.assessment_id' } },
    ),
    assess(
      { assessment_name: 'score', feedback: { value: 0.5 } },
      { keep: { score: 'assessment.assessment_id' } },
    ),
    assess({ assessment_name: 'none', feedback: { value: null } }),
    assess({ assessment_name: 'many', feedback: { value: { a: [1, 2] } } }),
    assess({ assessment_name: 'failed', feedback: { error: { error_code: 'E', error_message: 'm' } } }),
    assess(
      { assessment_name: 'wanted', expectation: { value: 'a' } },
      { keep: { wanted: 'assessment.assessment_id' } },
    ),
    assess({ assessment_name: 'empty', expectation: {} }, { ownWords: true }),
    assess(
      { assessment_name: 'tone', feedback: { value: 'no' }, overrides: '{tone}' },
      { keep: { over: 'assessment.assessment_id' } },
    ),
    assess({ assessment_name: 'tone', feedback: { value: 'no' }, overrides: 'a-none' }),
    post(`${traces}/tr-none/assessments`, {
      assessment: { assessment_name: 'x', source: human, feedback: { value: 1 } },
    }),
    get(`${ofTrace}/assessments/{tone}`),
    get(`${ofTrace}/assessments/{over}`),
    get(`${ofTrace}/assessments/a-none`),
    amend(
      '{score}',
      { assessment_name: 'points', feedback: { value: 4 }, rationale: 'r', metadata: { x: 'y' } },
      'assessmentName,feedback,rationale,metadata',
    ),
    amend('{score}', { metadata: { z: 'q' }, rationale: 'not named' }, 'metadata'),
    amend('{score}', { expectation: { value: 5 } }, 'expectation'),
    amend('{wanted}', { feedback: { value: 5 } }, 'feedback'),
    amend('a-none', { rationale: 'r' }, 'rationale'),
    { ask: `DELETE ${ofTrace}/assessments/{over}` },
    { ask: `DELETE ${ofTrace}/assessments/{over}` },
    get(`${ofTrace}/assessments/{tone}`),
  ],
  'deleting traces': [
    post(`${traces}/delete-traces`, { experiment_id: '{experiment}' }),
    post(`${traces}/delete-traces`, { experiment_id: '{experiment}', request_ids: ['x'], max_traces: 5 }),
    post(`${traces}/delete-traces`, {
      experiment_id: '{experiment}',
      request_ids: ['x'],
      max_timestamp_millis: 5,
    }),
    post(`${traces}/delete-traces`, {
      experiment_id: '{experiment}',
      max_timestamp_millis: time,
      max_traces: -1,
    }),
    post(`${traces}/delete-traces`, { experiment_id: '{second}', request_ids: [traceId('b')] }),
    post(`${traces}/delete-traces`, {
      experiment_id: '{experiment}',
      request_ids: [traceId('b'), 'tr-none'],
    }),
    post(`${traces}/delete-traces`, { experiment_id: '9999', max_timestamp_millis: time }),
  ],
  'registered models and prompts': [
    post(`${models}/create`, { name: 'model', description: 'd', tags: [{ key: 'a', value: 'b' }] }),
    post(`${models}/create`, { name: 'model' }, { ownWords: true }),
    post(`${models}/create`, { name: 'a/b' }, { ownWords: true }),
    post(`${models}/create`, {}),
    get(`${models}/get`, { name: 'model' }),
    get(`${models}/get`, { name: 'none' }),
    post(`${models}/set-tag`, { name: 'model', key: 'k', value: 'v' }),
    post(`${models}/set-tag`, { name: 'none', key: 'k', value: 'v' }),
    post(`${versions}/create`, { name: 'model', source: 's3://bucket/m', description: 'one' }),
    post(`${versions}/create`, { name: 'model', source: '/etc/passwd' }),
    post(`${versions}/create`, { name: 'model', source: 's3://b/../../x' }),
    post(`${versions}/create`, { name: 'none', source: 's3://bucket/m' }),
    get(`${versions}/get`, { name: 'model', version: '1' }),
    get(`${versions}/get`, { name: 'model', version: '99' }),
    post(`${models}/alias`, { name: 'model', alias: 'best', version: '1' }),
    post(`${models}/alias`, { name: 'model', alias: 'latest', version: '1' }),
    post(`${models}/alias`, { name: 'model', alias: 'v1', version: '1' }),
    get(`${models}/alias`, { name: 'model', alias: 'best' }),
    get(`${models}/alias`, { name: 'model', alias: 'none' }),
    get(`${models}/search`, { filter: "name ILIKE 'MOD%'" }, { found: 'name' }),
    get(`${versions}/search`, { filter: "name = 'model'" }, { found: 'name' }),
    send(`DELETE ${versions}/delete`, { name: 'model', version: '9' }),
    send(`DELETE ${models}/delete`, { name: 'model' }),
    send(`DELETE ${models}/delete`, { name: 'model' }),
  ],
  'logged models': [
    post(
      logged,
      {
        experiment_id: '{experiment}',
        name: 'agent',
        model_type: 'agent',
        params: [{ key: 'p', value: '1' }],
        tags: [{ key: 't', value: 'x' }],
      },
      { keep: { model: 'model.info.model_id' } },
    ),
    post(logged, { experiment_id: '9999', name: 'agent' }),
    post(logged, { experiment_id: '{experiment}', name: 'a/b' }),
    get(`${logged}/{model}`),
    get(`${logged}/m-none`),
    send(`PATCH ${logged}/{model}`, { model_id: '{model}', status: 'LOGGED_MODEL_READY' }),
    { ask: `DELETE ${logged}/{model}/tags/none` },
    post(`${logged}/search`, { experiment_ids: ['{experiment}'], filter: "tags.t = 'x'" }),
    post(`${logged}/search`, {}),
  ],
  scorers: [
    post(
      `${scorers}/register`,
      { experiment_id: '{experiment}', name: 's', serialized_scorer: '{"name": "s"}' },
      { keep: { scorer: 'scorer_id' } },
    ),
    post(
      `${scorers}/register`,
      { experiment_id: '{experiment}', name: 's', serialized_scorer: 'no' },
      { ownWords: true },
    ),
    post(`${scorers}/register`, { experiment_id: '9999', name: 's', serialized_scorer: '{}' }),
    post(`${scorers}/register`, { experiment_id: '{experiment}', name: 's' }),
    get(`${scorers}/get`, { experiment_id: '{experiment}', name: 'none' }),
    get(`${scorers}/versions`, { experiment_id: '{experiment}' }),
    get(`${scorers}/online-configs`, { scorer_ids: 'none' }),
    get(`${scorers}/online-configs`),
    send(`PUT ${scorers}/online-config`, { experiment_id: '{experiment}', name: 's', sample_rate: 0.5 }),
    send(`DELETE ${scorers}/delete`, { experiment_id: '{experiment}', name: 's' }),
    send(`DELETE ${scorers}/delete`, { experiment_id: '{experiment}', name: 's' }),
  ],
  'evaluation datasets': [
    post(
      `${datasets}/create`,
      { name: 'd' },
      { keep: { dataset: 'dataset.dataset_id', digest: 'dataset.digest' } },
    ),
    post(`${datasets}/create`, {}),
    get(`${datasets}/{dataset}`),
    get(`${datasets}/d-none`),
    post(`${datasets}/{dataset}/records`, {
      records: '[{"inputs":{"q":1},"expectations":{"a":"x"}},{"inputs":{"q":2}}]',
    }),
    post(`${datasets}/{dataset}/records`, { records: '[{"inputs":{"q":1},"expectations":{"b":"y"}}]' }),
    post(`${datasets}/{dataset}/records`, {}),
    post(`${datasets}/{dataset}/add-experiments`, { experiment_ids: ['9999'] }, { ownWords: true }),
    { ask: `DELETE ${datasets}/{dataset}/tags/none` },
    { ask: `DELETE ${datasets}/{dataset}` },
    { ask: `DELETE ${datasets}/{dataset}` },
  ],
  ...filters,
}
