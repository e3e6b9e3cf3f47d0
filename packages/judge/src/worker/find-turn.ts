import { setTimeout as wait } from 'node:timers/promises'
import { readConversation } from '@voxtrace/model'
import type { Store } from '@voxtrace/store'
import type { TurnMaterial } from '../subject.ts'
import type { TurnPlace } from './assessment.ts'

export interface FoundTurn extends TurnMaterial {
  number: number
  startTimeUnixNano: bigint
  endTimeUnixNano: bigint | null
  /** The run that the trace belongs to. */
  runId: string | null
}

/** Of a long conversation what was said lately is enough to judge a turn by. */
const mostEarlierTurns = 50

/** Some exporters send a turn's children after the turn; this long after its end they may still come. */
const freshMs = 10_000
const pauseMs = 250
/** How long to wait for a turn without an answer, and for one that has an answer but no documents. */
const patienceForAnswerMs = 2_000
const patienceForDocumentsMs = 1_000
/** How long to wait for a server to read the turns of a large trace. */
const patienceForServerMs = 3_000

/**
 * Reads the turn and what was said before it, waiting a little for parts that may still be on their way; null when the
 * trace holds no such turn.
 */
export async function findTurn(
  store: Store,
  place: TurnPlace,
  signal: AbortSignal,
): Promise<FoundTurn | null> {
  const began = Date.now()
  for (;;) {
    const found = await readTurn(store, place)
    const waited = Date.now() - began
    if (found !== null && waited >= patienceWith(found)) return found
    if (found === null) {
      if (!(await store.turnReader.isBehind(place.traceId))) return readTurn(store, place)
      if (waited >= patienceForServerMs) {
        await store.turnReader.catchUp(place.traceId)
        return readTurn(store, place)
      }
    }
    await wait(pauseMs, undefined, { signal })
  }
}

/** What was said is told by the rows of turns, which hold it of the whole conversation; documents only spans tell. */
async function readTurn(store: Store, { traceId, spanId }: TurnPlace): Promise<FoundTurn | null> {
  const turn = await store.turnReader.read(traceId, spanId, mostEarlierTurns)
  if (turn === null) return null
  const told = readConversation(turn.spans)?.turns.find((each) => each.spanId === spanId)
  return {
    ...turn,
    userText: turn.userText ?? told?.userText ?? null,
    agentText: turn.agentText ?? told?.agentText ?? null,
    documents: told?.documents ?? [],
  }
}

function patienceWith({ endTimeUnixNano, number, agentText, userText, documents }: FoundTurn): number {
  const endedMs = endTimeUnixNano === null ? Number.NaN : Number(endTimeUnixNano / 1_000_000n)
  if (!(Math.abs(Date.now() - endedMs) < freshMs)) return 0
  if (number === 0) return 0
  if (!agentText || !userText) return patienceForAnswerMs
  return documents.length === 0 ? patienceForDocumentsMs : 0
}
