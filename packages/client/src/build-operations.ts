import { type JsonObject, mlflowAttributes, traceMetadata, traceTags } from '@voxtrace/model'
import { type EncodableSpan, ProtobufWriter, writeSpan } from '@voxtrace/protocol/otlp/encode'
import { cutText } from './capture.ts'
import type { LogBatchOperation, Operation, RunRef, SpansOperation } from './operation.ts'
import { type ExperimentRef, type SpanRecord, type TraceRecord, traceState } from './record.ts'
import type { RunRecord } from './run.ts'
import type { RunEntries } from './work-items.ts'
import type { WorkItem } from './work-queue.ts'

/** MLflow's bounds on one log-batch (docs of its REST API): 1000 metrics, 100 params, 100 tags. */
const maxMetrics = 800
const maxTexts = 100
const maxPreview = 1000
const maxSpansBytes = 1024 * 1024

const writer = new ProtobufWriter(64 * 1024)

/**
 * Turns recorded items into operations, few and in an order in which each finds what it needs: runs are created first,
 * then traces begun, spans and metrics sent, feedback attached and runs ended.
 */
export function buildOperations(items: readonly WorkItem[]): Operation[] {
  const created: Operation[] = []
  const traces: Operation[] = []
  const feedback: Operation[] = []
  const ended: Operation[] = []
  const spans = new Map<ExperimentRef, SpanRecord[]>()
  const entries = new Map<RunRecord, RunEntries[]>()
  for (const item of items) {
    switch (item.kind) {
      case 'span':
        listOf(spans, item.trace.experiment).push(item)
        break
      case 'trace':
        traces.push(startTrace(item))
        break
      case 'createRun': {
        const { name, tags, startTimeMs } = item.run
        created.push({ kind: 'createRun', run: runRef(item.run), name, tags, startTimeMs })
        break
      }
      case 'entries':
        listOf(entries, item.run).push(item)
        break
      case 'endRun': {
        const { status, endTimeMs } = item
        ended.push({ kind: 'endRun', run: runRef(item.run), status, endTimeMs })
        break
      }
      case 'feedback':
        feedback.push({ kind: 'feedback', traceId: item.traceId, body: item.body })
        break
    }
  }
  const sent = [...spans].flatMap(([experiment, records]) => spansOperations(experiment, records))
  const logged = [...entries].flatMap(([run, items]) => logBatches(run, items))
  return [...created, ...traces, ...sent, ...logged, ...feedback, ...ended]
}

function listOf<K, V>(map: Map<K, V[]>, key: K): V[] {
  let list = map.get(key)
  if (list === undefined) {
    list = []
    map.set(key, list)
  }
  return list
}

function runRef(run: RunRecord): RunRef {
  return { key: run.key, experiment: run.experiment }
}

function startTrace(trace: TraceRecord): Operation {
  const root = trace.root
  const startNs = root?.startNs ?? 0
  const info: JsonObject = {
    trace_id: `tr-${trace.id}`,
    request_time: new Date(Number(startNs) / 1e6).toISOString(),
    state: traceState(trace),
    tags: { [traceTags.name]: root?.name ?? '', ...trace.tags },
  }
  if (root !== null && root.endNs !== null) {
    info.execution_duration = `${((Number(root.endNs) - Number(startNs)) / 1e9).toFixed(6)}s`
  }
  if (trace.clientRequestId !== null) info.client_request_id = trace.clientRequestId
  const request = trace.requestPreview ?? preview(root?.inputs)
  if (request !== null) info.request_preview = cutText(request, maxPreview)
  const response = trace.responsePreview ?? preview(root?.outputs)
  if (response !== null) info.response_preview = cutText(response, maxPreview)
  return {
    kind: 'startTrace',
    experiment: trace.experiment,
    run: trace.run === null ? null : runRef(trace.run),
    info,
    metadata: { [traceMetadata.schemaVersion]: '3', ...trace.metadata },
  }
}

function preview(value: SpanRecord['inputs']): string | null {
  if (value === undefined) return null
  return (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, maxPreview)
}

/** The span as it goes out: MLflow's own attributes are JSON in a string, the others are as they were given. */
function encodable(record: SpanRecord): EncodableSpan {
  const attributes: JsonObject = {
    [mlflowAttributes.traceRequestId]: JSON.stringify(`tr-${record.trace.id}`),
    [mlflowAttributes.spanType]: JSON.stringify(record.spanType),
  }
  if (record.inputs !== undefined) attributes[mlflowAttributes.spanInputs] = JSON.stringify(record.inputs)
  if (record.outputs !== undefined) attributes[mlflowAttributes.spanOutputs] = JSON.stringify(record.outputs)
  if (record.attributes !== null) {
    for (const key of Object.keys(record.attributes)) {
      const value = record.attributes[key]
      if (value === undefined) continue
      attributes[key] = key.startsWith('mlflow.') ? JSON.stringify(value) : value
    }
  }
  const span: EncodableSpan = {
    traceId: record.trace.id,
    spanId: record.spanId,
    parentSpanId: record.parentSpanId,
    name: record.name,
    kind: 'INTERNAL',
    startTimeUnixNano: record.startNs,
    endTimeUnixNano: record.endNs,
    status: { code: record.statusCode, message: record.statusMessage },
    attributes,
    droppedAttributesCount: record.droppedAttributes,
    droppedEventsCount: record.droppedEvents,
  }
  if (record.events !== null) {
    span.events = record.events.map(({ name, timeNs, attributes: given }) => ({
      name,
      timeUnixNano: timeNs,
      attributes: given,
    }))
  }
  return span
}

function spansOperations(experiment: ExperimentRef, records: readonly SpanRecord[]): SpansOperation[] {
  const operations: SpansOperation[] = []
  let ends: number[] = []
  let ended: (0 | 1)[] = []
  const finish = () => {
    if (ends.length > 0) operations.push({ kind: 'spans', experiment, ends, ended, fields: writer.bytes() })
    writer.reset()
    ends = []
    ended = []
  }
  writer.reset()
  for (const record of records) {
    writeSpan(writer, encodable(record))
    ends.push(writer.length)
    ended.push(record.endNs === null ? 0 : 1)
    if (writer.length >= maxSpansBytes) finish()
  }
  finish()
  return operations
}

function logBatches(run: RunRecord, items: readonly RunEntries[]): LogBatchOperation[] {
  const metrics = items.flatMap((item) => item.metrics)
  const params = items.flatMap((item) => item.params)
  const tags = items.flatMap((item) => item.tags)
  const batches = Math.max(
    Math.ceil(metrics.length / maxMetrics),
    Math.ceil(params.length / maxTexts),
    Math.ceil(tags.length / maxTexts),
  )
  return Array.from({ length: batches }, (_, index) => ({
    kind: 'logBatch' as const,
    run: runRef(run),
    metrics: metrics.slice(index * maxMetrics, (index + 1) * maxMetrics),
    params: params.slice(index * maxTexts, (index + 1) * maxTexts),
    tags: tags.slice(index * maxTexts, (index + 1) * maxTexts),
  }))
}
