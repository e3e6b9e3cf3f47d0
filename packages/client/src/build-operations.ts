import { type Json, type JsonObject, traceMetadata, traceTags } from '@voxtrace/model'
import { ProtobufWriter, writeSpan } from '@voxtrace/protocol/otlp/encode'
import { assessmentBody } from './assessment-body.ts'
import { cutText, captureText as text } from './capture.ts'
import { encodable } from './encodable-span.ts'
import type { LogBatchOperation, Operation, RunRef, SpansOperation } from './operation.ts'
import { type ExperimentRef, type SpanRecord, type TraceRecord, traceState } from './record.ts'
import type { Redaction } from './redaction.ts'
import type { RunRecord } from './run.ts'
import type { RunEntries, TextEntry } from './work-items.ts'
import type { WorkItem } from './work-queue.ts'

/** MLflow's bounds on one log-batch (docs of its REST API): 1000 metrics, 100 params, 100 tags. */
const maxMetrics = 800
const maxTexts = 100
const maxPreview = 1000
const maxSpansBytes = 1024 * 1024

const writer = new ProtobufWriter(64 * 1024)

/** Turns recorded things into what is sent. */
export interface Building {
  /** Changes texts before they leave the process; null when nothing is masked. */
  redaction: Redaction | null
  /** The receiver takes spans alone: what a trace tells beside them goes onto its first span. */
  infoOnSpan: boolean
}

/**
 * Turns recorded items into operations, few and in an order in which each finds what it needs: runs are created first,
 * then traces begun, spans and metrics sent, feedback attached and runs ended.
 */
export function buildOperations(items: readonly WorkItem[], building: Building): Operation[] {
  const { redaction } = building
  const created: Operation[] = []
  const traces: Operation[] = []
  const assessments: Operation[] = []
  const ended: Operation[] = []
  const spans = new Map<ExperimentRef, SpanRecord[]>()
  const entries = new Map<RunRecord, RunEntries[]>()
  for (const item of items) {
    switch (item.kind) {
      case 'span':
        listOf(spans, item.trace.experiment).push(item)
        break
      case 'trace':
        if (!building.infoOnSpan && item.origin !== 'remote') traces.push(startTrace(item, redaction))
        break
      case 'createRun': {
        const { name, tags, startTimeMs } = redactedRun(item.run, redaction)
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
      case 'assessment': {
        const body = assessmentBody(item)
        assessments.push({
          kind: 'feedback',
          traceId: text(item.given.traceId),
          body: redaction === null ? body : redaction.assessment(body),
        })
        break
      }
    }
  }
  const sent = [...spans].flatMap(([experiment, records]) => spansOperations(experiment, records, building))
  const logged = [...entries].flatMap(([run, items]) => logBatches(run, items, redaction))
  return [...created, ...traces, ...sent, ...logged, ...assessments, ...ended]
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

function redactedRun(run: RunRecord, redaction: Redaction | null): RunRecord {
  if (redaction === null) return run
  return { ...run, name: run.name && redaction.text(run.name, null), tags: redaction.texts(run.tags) }
}

function startTrace(trace: TraceRecord, redaction: Redaction | null): Operation {
  const { root, info: told } = trace
  const startNs = root?.startNs ?? 0
  const text = (value: string, key: string) => (redaction === null ? value : redaction.text(value, key))
  const texts = (values: Record<string, string>) => (redaction === null ? values : redaction.texts(values))
  const info: JsonObject = {
    trace_id: `tr-${trace.id}`,
    request_time: new Date(Number(startNs) / 1e6).toISOString(),
    state: traceState(trace),
    tags: { [traceTags.name]: text(root?.name ?? '', 'name'), ...texts(told?.tags ?? {}) },
  }
  if (root !== null && root.endNs !== null) {
    info.execution_duration = `${((Number(root.endNs) - Number(startNs)) / 1e9).toFixed(6)}s`
  }
  if (typeof told?.clientRequestId === 'string')
    info.client_request_id = text(told.clientRequestId, 'client_request_id')
  const preview = (given: string | null | undefined, key: string, value: Json | undefined) => {
    if (typeof given === 'string') info[key] = cutText(text(given, key), maxPreview)
    else if (value !== undefined)
      info[key] = previewOf(redaction === null ? value : redaction.value(value, null))
  }
  preview(told?.requestPreview, 'request_preview', root?.inputs)
  preview(told?.responsePreview, 'response_preview', root?.outputs)
  return {
    kind: 'startTrace',
    experiment: trace.experiment,
    run: trace.run === null ? null : runRef(trace.run),
    info,
    metadata: { [traceMetadata.schemaVersion]: '3', ...texts(told?.metadata ?? {}) },
  }
}

function previewOf(value: Json): string {
  return (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, maxPreview)
}

function spansOperations(
  experiment: ExperimentRef,
  records: readonly SpanRecord[],
  building: Building,
): SpansOperation[] {
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
    writeSpan(writer, encodable(record, building))
    ends.push(writer.length)
    ended.push(record.endNs === null ? 0 : 1)
    if (writer.length >= maxSpansBytes) finish()
  }
  finish()
  return operations
}

function logBatches(
  run: RunRecord,
  items: readonly RunEntries[],
  redaction: Redaction | null,
): LogBatchOperation[] {
  const masked = (entries: TextEntry[]) =>
    redaction === null
      ? entries
      : entries.map(({ key, value }) => ({
          key: redaction.text(key, null),
          value: redaction.text(value, key),
        }))
  const logged = items.flatMap((item) => item.metrics)
  const metrics =
    redaction === null
      ? logged
      : logged.map((metric) => ({ ...metric, key: redaction.text(metric.key, null) }))
  const params = masked(items.flatMap((item) => item.params))
  const tags = masked(items.flatMap((item) => item.tags))
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
