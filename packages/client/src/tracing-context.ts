import type { Context } from '@opentelemetry/api'
import { captureTexts } from './capture.ts'
import { TraceMetadataKey } from './mlflow-names.ts'
import { activeContext } from './opentelemetry/api.ts'

/** What `tracingContext` says of the traces that begin in it. */
export interface TracingContextOptions {
  /** The session and the user they belong to (`mlflow.trace.session`, `mlflow.trace.user`). */
  sessionId?: string | undefined
  user?: string | undefined
  metadata?: Record<string, string> | undefined
  tags?: Record<string, string> | undefined
  /** Whether anything is recorded in it. Default: as around it. */
  enabled?: boolean | undefined
}

/** What holds for the traces that begin in a context. */
interface TracingContext {
  metadata: Record<string, string>
  tags: Record<string, string>
  enabled: boolean
}

const key = Symbol.for('@voxtrace/client tracing context')
/** Most applications make no such context, and their spans begin without a look for one. */
let isUsed = false

/** The active context with what the options say added to what holds already. */
export function withTracingContext(options: TracingContextOptions): Context {
  isUsed = true
  const around = tracingContextHere()
  const { sessionId, user, metadata, tags, enabled = around?.enabled ?? true } = options
  const { TRACE_SESSION, TRACE_USER } = TraceMetadataKey
  const people = captureTexts({ [TRACE_SESSION]: sessionId, [TRACE_USER]: user })
  const here: TracingContext = {
    metadata: { ...around?.metadata, ...captureTexts(metadata), ...people },
    tags: { ...around?.tags, ...captureTexts(tags) },
    enabled,
  }
  return activeContext().setValue(key, here)
}

/** What holds for a trace that begins now; null where nothing was said. */
export function tracingContextHere(): TracingContext | null {
  if (!isUsed) return null
  const here = activeContext().getValue(key)
  return isTracingContext(here) ? here : null
}

function isTracingContext(value: unknown): value is TracingContext {
  return typeof value === 'object' && value !== null && 'enabled' in value
}
