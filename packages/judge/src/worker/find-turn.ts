import { setTimeout as wait } from 'node:timers/promises'
import { type Conversation, readConversation, type Turn } from '@voxtrace/model'
import type { Store } from '@voxtrace/store'
import type { TurnPlace } from './assessment.ts'

export interface FoundTurn {
  conversation: Conversation
  turn: Turn
}

/** Some exporters send a turn's children after the turn; this long after its end they may still come. */
const freshMs = 10_000
const pauseMs = 250
/** How long to wait for a turn without an answer, and for one that has an answer but no documents. */
const patienceForAnswerMs = 2_000
const patienceForDocumentsMs = 1_000

/**
 * Reads the turn from its trace, waiting a little for parts that may still be on their way; null when the trace holds
 * no such turn.
 */
export async function findTurn(
  store: Store,
  place: TurnPlace,
  signal: AbortSignal,
): Promise<FoundTurn | null> {
  const began = Date.now()
  for (;;) {
    const found = await readTurn(store, place)
    if (found === null || Date.now() - began >= patienceWith(found.turn)) return found
    await wait(pauseMs, undefined, { signal })
  }
}

async function readTurn(store: Store, place: TurnPlace): Promise<FoundTurn | null> {
  const conversation = readConversation(await store.spans.ofTrace(place.traceId))
  const turn = conversation?.turns.find((each) => each.spanId === place.spanId)
  return conversation && turn ? { conversation, turn } : null
}

function patienceWith(turn: Turn): number {
  const endedMs = turn.endTimeUnixNano === null ? Number.NaN : Number(turn.endTimeUnixNano / 1_000_000n)
  if (!(Math.abs(Date.now() - endedMs) < freshMs)) return 0
  if (turn.number === 0) return 0
  if (!turn.agentText || !turn.userText) return patienceForAnswerMs
  return turn.documents.length === 0 ? patienceForDocumentsMs : 0
}
