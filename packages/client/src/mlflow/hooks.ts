import type { SpanRecord } from '../record.ts'
import type { SpanRecorder } from '../recorder.ts'
import { LiveSpan } from '../span.ts'
import { spanHooks } from '../span-hooks.ts'
import { giveLogLevel } from './log-level.ts'

/** Told of a span. What it throws is counted among the client's failures. */
export type SpanHook = (span: LiveSpan) => void

const onStart = new Set<SpanHook>()
const onEnd = new Set<SpanHook>()

/** Has `hook` called with every span that begins, of every client. */
export function registerOnSpanStartHook(hook: SpanHook): void {
  onStart.add(hook)
}

/** Has `hook` called with every span that ends. It may still give it attributes, and cannot keep it from ending. */
export function registerOnSpanEndHook(hook: SpanHook): void {
  onEnd.add(hook)
}

/** Spans get MLflow's levels from now on, and hooks are called. */
export function callHooks(): void {
  spanHooks.provided = {
    began: (record, recorder) => call(onStart, record, recorder, {}),
    ending: (record, recorder) => {
      giveLogLevel(record, recorder)
      call(onEnd, record, recorder, { end: { value: () => {} } })
    },
  }
}

function call(
  hooks: ReadonlySet<SpanHook>,
  record: SpanRecord,
  recorder: SpanRecorder,
  changed: PropertyDescriptorMap,
): void {
  if (hooks.size === 0) return
  const span = Object.defineProperties(new LiveSpan(record, recorder), changed)
  for (const hook of hooks) {
    try {
      hook(span)
    } catch (error) {
      recorder.failed(error)
    }
  }
}
