/** What everything is sent to, in a process of its own: reads and answers, and counts the spans that came as OTLP or in MLflow's files. */
import { createServer } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { decodeTraceRequest, decodeTraceRequestJson, mlflow } from '@voxtrace/protocol'

const run = { info: { run_id: '0'.repeat(32), experiment_id: '1' }, data: {} }
const answer = JSON.stringify({
  run,
  runs: [],
  experiment: { experiment_id: '1' },
  experiment_id: '1',
  // What braintrust and langsmith want to know before they send.
  project: { id: '00000000-0000-4000-8000-000000000000', name: 'bench' },
  org_info: [{ id: '1', name: 'bench', api_url: '', git_metadata: null, is_universal_api: true }],
  // What MLflow's SDK wants to know before it sends the spans of a trace, as a file.
  trace: {
    trace_info: {
      trace_id: `tr-${'0'.repeat(32)}`,
      trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: '1' } },
      request_time: new Date(0).toISOString(),
      state: 'OK',
      tags: { 'mlflow.artifactLocation': 'mlflow-artifacts:/1/traces/tr-0/artifacts' },
    },
  },
  batch_ingest_config: { use_multipart_endpoint: false, size_limit: 100, size_limit_bytes: 20_000_000 },
})
let spans = 0
let base = ''

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    response.setHeader('content-type', 'application/json')
    response.end(answer.replace('"api_url":""', `"api_url":"${base}"`))
    if (request.url?.endsWith('/v1/traces')) spans += count(Buffer.concat(chunks), request.headers)
    if (request.url?.endsWith('/traces.json'))
      spans += mlflow.decodeTraceFile(Buffer.concat(chunks).toString(), '1'.repeat(32)).spans.length
  })
})

function count(body: Buffer, headers: Record<string, unknown>): number {
  const bytes = headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
  const json = String(headers['content-type']).includes('json')
  return (json ? decodeTraceRequestJson(bytes.toString()) : decodeTraceRequest(bytes)).spans.length
}

server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address === null || typeof address === 'string') return
  base = `http://127.0.0.1:${address.port}`
  process.send?.({ url: base })
})
process.on('message', () => {
  process.send?.({ spans })
  spans = 0
})
process.on('disconnect', () => process.exit())
