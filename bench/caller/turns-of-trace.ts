import type { CallerEvent } from './caller.ts'
import { isRecord } from './turn.ts'

const LATENCY = /^turn\.latency\.(.+)_ms$/

/** The parts of each turn's latency, in milliseconds, as the trace of a conversation tells them, in the order of its turns. */
export async function turnsOfTrace(trackingUrl: string, traceId: string): Promise<Record<string, number>[]> {
  const url = `${trackingUrl}/api/voxtrace/traces/${traceId}`
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`)
  const trace: unknown = await response.json()
  const spans = isRecord(trace) && Array.isArray(trace.spans) ? trace.spans : []
  return spans
    .filter((span) => isRecord(span) && span.name === 'turn' && isRecord(span.attributes))
    .sort((a, b) => Number(a.attributes['turn.number']) - Number(b.attributes['turn.number']))
    .map(({ attributes }) =>
      Object.fromEntries(
        Object.entries(attributes).flatMap(([name, value]) => {
          const part = name === 'turn.voice_to_voice_ms' ? 'voice_to_voice' : LATENCY.exec(name)?.[1]
          return part && typeof value === 'number' ? [[part, value]] : []
        }),
      ),
    )
}

/** The id of the trace, once the bot has told it. */
export function traceIdOf(events: readonly CallerEvent[]): string | undefined {
  for (const { type, data } of events) {
    if (type !== 'server-message' || !isRecord(data) || data.kind !== 'conversation') continue
    if (typeof data.traceId === 'string') return data.traceId
  }
  return undefined
}
