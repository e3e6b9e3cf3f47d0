/**
 * Live events, sent as server-sent events by `GET /api/voxtrace/live`. Each event names what changed; readers fetch what they show.
 * The event's `event:` field is its `type`, its `data:` field the JSON of the whole object.
 */
export type LiveEvent =
  | { type: 'trace'; traceId: string; experimentId: string; change: 'created' | 'updated' | 'deleted' }
  | { type: 'assessment'; traceId: string; experimentId: string; assessmentId: string; name: string }
  | { type: 'run'; runId: string; experimentId: string; change: 'created' | 'updated' | 'deleted' }
  | { type: 'experiment'; experimentId: string; change: 'created' | 'updated' | 'deleted' }
  /** Figures, and what traces are ranked by, are up to date with what was announced about a second ago. */
  | { type: 'figures'; experimentId: string }
