import type { LiveEvent } from '@voxtrace/protocol'
import * as z from 'zod/mini'

const change = z.enum(['created', 'updated', 'deleted'])
const liveEvent: z.ZodMiniType<LiveEvent> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('trace'), traceId: z.string(), experimentId: z.string(), change }),
  z.object({
    type: z.literal('assessment'),
    traceId: z.string(),
    experimentId: z.string(),
    assessmentId: z.string(),
    name: z.string(),
  }),
  z.object({ type: z.literal('run'), runId: z.string(), experimentId: z.string(), change }),
  z.object({ type: z.literal('experiment'), experimentId: z.string(), change }),
  z.object({ type: z.literal('figures'), experimentId: z.string() }),
])

const eventTypes: readonly LiveEvent['type'][] = ['trace', 'assessment', 'run', 'experiment', 'figures']

export interface LiveScope {
  experimentId?: string
  traceId?: string
}

export interface LiveListener {
  onEvent(event: LiveEvent): void
  /** The stream stands again after it was cut: what happened meanwhile was not told, so read again. */
  onResume(): void
  onState(state: 'open' | 'lost'): void
}

/** Longest wait before trying again, in milliseconds. */
const longestWaitMs = 5_000

/**
 * Listens to the server's live events until the returned function is called. A stream that breaks is opened
 * again, at first after a second and then ever more patiently.
 */
export function listenLive(scope: LiveScope, listener: LiveListener): () => void {
  const parameters = new URLSearchParams()
  if (scope.experimentId) parameters.set('experiment_id', scope.experimentId)
  if (scope.traceId) parameters.set('trace_id', scope.traceId)
  let source: EventSource | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let waitMs = 1000
  let lost = false

  const receive = (message: MessageEvent<unknown>) => {
    const event = readLiveEvent(message.data)
    if (event) listener.onEvent(event)
  }
  const open = () => {
    source = new EventSource(`/api/voxtrace/live?${parameters}`)
    source.onopen = () => {
      waitMs = 1000
      listener.onState('open')
      if (lost) listener.onResume()
      lost = false
    }
    source.onerror = () => {
      source?.close()
      lost = true
      listener.onState('lost')
      timer = setTimeout(open, waitMs)
      waitMs = Math.min(waitMs * 2, longestWaitMs)
    }
    for (const type of eventTypes) source.addEventListener(type, receive)
  }
  open()
  return () => {
    clearTimeout(timer)
    source?.close()
    // Nobody waits for this stream any more, so nothing is missed.
    if (lost) listener.onState('open')
  }
}

/** An event's JSON, or null when it is of a kind that this page does not know. */
export function readLiveEvent(data: unknown): LiveEvent | null {
  if (typeof data !== 'string') return null
  try {
    const read = liveEvent.safeParse(JSON.parse(data))
    return read.success ? read.data : null
  } catch {
    return null
  }
}
