import { mlflowAttributes } from '@voxtrace/model'
import { LiveSpan } from '../span.ts'
import {
  type HrTime,
  hrTime,
  logLevelIn,
  nanoseconds,
  type SpanEvent,
  type SpanJson,
  spanJson,
} from './span-json.ts'
import { SpanLink } from './span-link.ts'

/** What spans have beside once `@voxtrace/client/mlflow` is imported. */
export interface SpanMembers {
  readonly startTime: HrTime
  /** Null while the span is open. */
  readonly endTime: HrTime | null
  readonly events: SpanEvent[]
  readonly links: SpanLink[]
  /** By its number, as in `SpanLogLevel`; null where it has none yet. */
  readonly logLevel: number | null
  /** As MLflow keeps it in the file of a trace. */
  toJson(): SpanJson
}

declare module '../span.ts' {
  interface LiveSpan extends SpanMembers {}
}

const members: PropertyDescriptorMap & ThisType<LiveSpan> = {
  startTime: {
    get: function () {
      return hrTime(this.startTimeNs)
    },
  },
  endTime: {
    get: function () {
      return this.endTimeNs === null ? null : hrTime(this.endTimeNs)
    },
  },
  events: {
    get: function (): SpanEvent[] {
      const { extras } = LiveSpan.readingOf(this)
      return (extras?.events ?? []).map(({ name, timeNs, attributes }) => ({
        name,
        timestamp: nanoseconds(timeNs),
        attributes: structuredClone(attributes),
      }))
    },
  },
  links: {
    get: function (): SpanLink[] {
      const { extras } = LiveSpan.readingOf(this)
      return (extras?.links ?? []).map((link) => new SpanLink(structuredClone(link)))
    },
  },
  logLevel: {
    get: function () {
      return logLevelIn(LiveSpan.readingOf(this).attributes ?? {})
    },
  },
  toJson: {
    value: function () {
      const { traceId, spanId, parentId, name, startTimeNs, endTimeNs, status, events, links } = this
      const attributes = { ...ownAttributes(this), ...this.attributes }
      return spanJson({
        traceId,
        spanId,
        parentId,
        name,
        startTimeNs,
        endTimeNs,
        status,
        attributes,
        events,
        links,
      })
    },
  },
}

/** What MLflow's SDK keeps of a span among its attributes. */
function ownAttributes({ traceId, spanType, inputs, outputs }: LiveSpan): Record<string, unknown> {
  return {
    [mlflowAttributes.traceRequestId]: traceId,
    [mlflowAttributes.spanType]: spanType,
    ...(inputs === undefined ? {} : { [mlflowAttributes.spanInputs]: inputs }),
    ...(outputs === undefined ? {} : { [mlflowAttributes.spanOutputs]: outputs }),
  }
}

/** Gives spans, open and ended, the members that those of MLflow's SDK have. */
export function giveMembers(): void {
  Object.defineProperties(LiveSpan.prototype, members)
}
