import type { Question } from './side.ts'

const time = 1_700_000_000_000
const traceId = (number: number) => `tr-${String(number).repeat(32)}`
const post = (path: string, body: object, more: Partial<Question> = {}): Question => ({
  ask: `POST ${path}`,
  body,
  ...more,
})

const run = (number: number): Question[] => [
  post(
    '2.0/mlflow/runs/create',
    {
      experiment_id: '{searched}',
      run_name: `run${number}`,
      user_id: number % 2 ? 'ann' : 'bob',
      start_time: time + number * 1000,
      tags: [
        { key: 'env', value: number % 2 ? 'prod' : 'Dev' },
        { key: 'has space', value: `v${number}` },
        { key: 'a.b', value: `dot${number}` },
      ],
    },
    { keep: { [`run${number}`]: 'run.info.run_id' } },
  ),
  post('2.0/mlflow/runs/log-batch', {
    run_id: `{run${number}}`,
    metrics: [
      { key: 'acc', value: number / 10, timestamp: time, step: 0 },
      { key: 'has space', value: number, timestamp: time, step: 0 },
      ...(number === 2 ? [{ key: 'nan', value: 'NaN', timestamp: time, step: 0 }] : []),
    ],
    params: [
      { key: 'lr', value: `0.${number}` },
      { key: 'model', value: number === 3 ? "it's" : 'GPT' },
      ...(number === 1 ? [{ key: 'only', value: 'one' }] : []),
    ],
  }),
]

const trace = (number: number): Question =>
  post('3.0/mlflow/traces', {
    trace: {
      trace_info: {
        trace_id: traceId(number),
        trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: '{searched}' } },
        request_time: new Date(time + number * 1000).toISOString(),
        execution_duration: `0.${number}00s`,
        state: ['OK', 'OK', 'OK', 'ERROR', 'IN_PROGRESS'][number],
        client_request_id: `client-${number}`,
        trace_metadata: {
          'mlflow.trace_schema.version': '3',
          'mlflow.trace.session': `s${number % 2}`,
          plain: `p${number}`,
          'mlflow.trace.tokenUsage': `{"input_tokens": ${number}, "output_tokens": 1, "total_tokens": ${number + 1}}`,
          ...(number === 1 ? { 'mlflow.sourceRun': '{run1}', only: 'one' } : {}),
        },
        tags: {
          'mlflow.traceName': number < 3 ? 'chat' : 'Search',
          env: number % 2 ? 'prod' : 'Dev',
          'has space': 'v',
          'a.b': 'dot',
          ...(number === 2 ? { only: 'two' } : {}),
        },
      },
    },
  })

const assess = (number: number, name: string, value: object): Question =>
  post(`3.0/mlflow/traces/${traceId(number)}/assessments`, {
    assessment: { assessment_name: name, source: { source_type: 'HUMAN', source_id: 'x' }, ...value },
  })

const found = {
  runs: (search: object): Question =>
    post(
      '2.0/mlflow/runs/search',
      { experiment_ids: ['{searched}'], ...search },
      { found: 'run_name', ownWords: true },
    ),
  traces: (search: object): Question =>
    post(
      '3.0/mlflow/traces/search',
      {
        locations: [{ type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: '{searched}' } }],
        ...search,
      },
      { found: 'trace_id', ownWords: true },
    ),
  experiments: (search: object): Question =>
    post('2.0/mlflow/experiments/search', { max_results: 100, ...search }, { found: 'name', ownWords: true }),
}

const runFilters = `
  run_name = 'run1'
  run_name = "run1"
  attributes.run_name = 'run1'
  attr.run_name='run1'
  run.run_name = 'run1'
  attributes.\`Run name\` = 'run1'
  "Run Name" = 'run1'
  tags.\`mlflow.runName\` = 'run1'
  run_name != 'run1'
  run_name LIKE 'run%'
  run_name like 'RUN%'
  run_name ILIKE 'RUN_'
  run_name = run1
  run_name > 'run1'
  run_name IN ('run1')
  run_id IN ('{run1}', '{run2}')
  attributes.run_id NOT IN ('{run1}')
  run_id IN ()
  run_id IN ('{run1}'
  run_id IN (1, 2)
  status = 'RUNNING'
  status != 'FINISHED'
  status = 'running'
  start_time > ${time + 1500}
  attributes.start_time >= ${time + 2000} AND attributes.start_time < ${time + 4000}
  Created = ${time + 1000}
  start_time > '${time}'
  end_time > 0
  end_time IS NULL
  user_id = 'ann'
  artifact_uri LIKE 'mlflow-artifacts:%'
  lifecycle_stage = 'active'
  metrics.acc > 0.2
  metric.acc <= 0.3
  metrics.acc != 0.3
  metrics.acc > 1e-1
  metrics.acc > .2
  metrics.acc > '0.2'
  metrics.\`has space\` > 2
  metrics."has space" > 2
  metrics.acc > 0.1 and metrics.acc < 0.4
  metrics.none > 0
  metrics.nan > 0
  metrics.acc LIKE 1
  metrics.acc == 0.3
  params.lr = '0.1'
  parameter.lr != '0.1'
  params.lr = 0.1
  params.model ILIKE 'gpt'
  params.model LIKE 'gpt'
  params.model = "it's"
  params.only IS NULL
  params.only is not null
  params.lr > '0.1'
  params.lr
  params.lr =
  params.lr = '0.1
  tags.env = 'prod'
  tag.env != 'prod'
  tags.env ILIKE 'PROD'
  tags.none IS NULL
  tags.none != 'x'
  tags.a.b = 'dot1'
  tags.\`has space\` = 'v1'
  tags.env RLIKE 'p.*'
  tags.env IN ('prod')
  tags.env LIKE 'p\\%'
  TAGS.env = 'prod'
  tags.env = 'prod' AND params.lr = '0.1'
  tags.env = 'prod', params.lr = '0.1'
  bogus = 'x'
  bogus.key = 'x'
  dataset.name = 'd1'
  datasets.digest LIKE 'g%'
  dataset.context IN ('train')
  dataset.name NOT IN ('d1')
  dataset.bogus = 'x'
  SELECT * FROM runs
  1 = 1
`

const traceFilters = `
  status = 'OK'
  trace.status != 'OK'
  attributes.status IN ('OK','ERROR')
  status NOT IN ('OK')
  status LIKE 'O%'
  status > 'A'
  status = OK
  state = 'OK'
  timestamp > ${time + 1500}
  trace.timestamp_ms >= ${time + 2000} AND trace.timestamp_ms <= ${time + 3000}
  attributes.timestamp_ms = ${time + 1000}
  timestamp LIKE '1%'
  execution_time > 150
  trace.execution_time_ms <= 200
  end_time > ${time + 2000}
  request_id = '${traceId(1)}'
  trace.request_id IN ('${traceId(1)}', '${traceId(2)}')
  request_id LIKE 'tr-1%'
  client_request_id = 'client-1'
  client_request_id RLIKE 'client-[12]'
  name = 'chat'
  trace.name LIKE 'CH%'
  trace.name ILIKE 'CH%'
  trace.name RLIKE '^ch'
  tags.\`mlflow.traceName\` = 'chat'
  run_id = '{run1}'
  metadata.mlflow.sourceRun = '{run1}'
  prompt = 'p/1'
  prompt = 'p'
  prompt != 'p/1'
  tag.env = 'prod'
  tags.env LIKE 'PR%'
  tags.env RLIKE '^p'
  tag.none != 'x'
  tag.only IS NULL
  tag.only IS NOT NULL
  tag.only != 'two'
  tag.env > 'a'
  tags.a.b = 'dot'
  tag.\`has space\` = 'v'
  metadata.plain = 'p1'
  request_metadata.plain LIKE 'p%'
  metadata.only IS NOT NULL
  metadata.\`mlflow.trace.session\` = 's1'
  request_metadata.mlflow.trace.session = 's1'
  trace_metadata.plain = 'p1'
  span.bogus = 'x'
  feedback.tone = 'good'
  feedback.tone != 'good'
  feedback.tone IS NULL
  feedback.tone IS NOT NULL
  feedback.none = 'x'
  feedback.flag = 'true'
  expectation.exp = 'want'
  expectation.exp IS NULL
  expectation.tone = 'good'
  name = 'chat' AND status = 'OK'
  name = 'chat', status = 'OK'
  name =
  = 'x'
  bogus = 'x'
  trace.bogus = 'x'
  bogus.key = 'x'
  name = 'cha
  1 = 1
`

const experimentFilters = `
  name = 'searched'
  name != 'searched'
  name LIKE 'sea%'
  name ILIKE 'SEA%'
  attribute.name = 'searched'
  experiment_id = '0'
  experiment_id IN ('0', '{searched}')
  tags.team = 'voice'
  tag.team != 'x'
  tags.team IS NULL
  creation_time > 0
  creation_time < 1
  creation_time > '5'
  name > 'x'
  name IN ('searched')
  bogus = 'x'
  params.x = 'y'
  lifecycle_stage = 'active'
`

const runOrders = [
  'start_time',
  'attributes.start_time DESC',
  'metrics.acc DESC',
  'metric.acc desc',
  'metrics.nan',
  'metrics.nan DESC',
  'params.lr DESC',
  'params.only',
  'params.only DESC',
  'tags.env',
  'run_name desc',
  'status',
  'end_time',
  'metrics.`has space` DESC',
  'Created',
  'user_id',
  'bogus',
  'start_time SIDEWAYS',
  'attributes.bogus',
  '',
]

const traceOrders = [
  'timestamp',
  'timestamp_ms DESC',
  'execution_time DESC',
  'status',
  'name DESC',
  'request_id DESC',
  'run_id',
  'experiment_id',
  'tag.env',
  'metadata.plain DESC',
  'bogus',
  'feedback.tone',
  'span.name',
  'timestamp SIDEWAYS',
]

const lines = (text: string) => text.trim().split(/\n\s*/)

/** What filters and orders find among four runs and four traces. */
export const filters: Record<string, Question[]> = {
  'what is searched': [
    post('2.0/mlflow/experiments/create', { name: 'searched' }, { keep: { searched: 'experiment_id' } }),
    ...[1, 2, 3, 4].flatMap(run),
    post('2.0/mlflow/runs/update', { run_id: '{run3}', status: 'FINISHED', end_time: time + 9000 }),
    post('2.0/mlflow/runs/log-inputs', {
      run_id: '{run1}',
      datasets: [
        {
          tags: [{ key: 'mlflow.data.context', value: 'train' }],
          dataset: { name: 'd1', digest: 'g1', source_type: 's', source: 's' },
        },
      ],
    }),
    ...[1, 2, 3, 4].map(trace),
    assess(1, 'tone', { feedback: { value: 'good' } }),
    assess(2, 'tone', { feedback: { value: 'bad' } }),
    assess(1, 'flag', { feedback: { value: true } }),
    assess(1, 'exp', { expectation: { value: 'want' } }),
    post('2.0/mlflow/traces/link-prompts', {
      trace_id: traceId(1),
      prompt_versions: [{ name: 'p', version: '1' }],
    }),
  ],
  'filters of runs': lines(runFilters).map((filter) => found.runs({ filter })),
  'orders of runs': runOrders.map((order) => found.runs({ order_by: [order] })),
  'filters of traces': lines(traceFilters).map((filter) => found.traces({ filter })),
  'orders of traces': traceOrders.map((order) => found.traces({ order_by: [order] })),
  'filters of experiments': lines(experimentFilters).map((filter) => found.experiments({ filter })),
}
