import { type Conversation, isTurnSpan, type Log, readConversation, traceMetadata } from '@voxtrace/model'
import type { Store } from '@voxtrace/store'
import type { Judge } from '../judgement.ts'
import { conversationRubrics } from '../rubrics/index.ts'
import { subjectOfConversation } from '../subject.ts'
import { assess, logScore } from './assess.ts'
import { assessmentId, isSettled } from './assessment.ts'

/** With which trace the conversation ended when it was judged; a later one has it judged anew. */
const lastTraceKey = 'judge.lastTraceId'

export interface ConversationWork {
  /** The conversation's trace, or any of its traces where each holds one turn. */
  traceId: string
  /** A failure now is final: the conversation is not delivered again. */
  lastAttempt: boolean
  /** Judge it anew, also where a judgement stands. */
  again?: boolean
  signal: AbortSignal
}

/**
 * Judges a conversation that is over, by every rubric for conversations, and writes what was found as far as it is not
 * written already or is asked for anew. Of a session of many traces only the last is the cue: its others were
 * followed by more. The assessments stand on the first trace, where MLflow puts what is said of a session.
 *
 * Does nothing with a judge that cannot tell. Rejects when a judgement failed that may succeed later, as `judgeTurn` does.
 */
export async function judgeConversation(
  work: ConversationWork,
  judge: Judge,
  store: Store,
  log: Log,
): Promise<void> {
  const ask = judge.judgeConversation
  if (ask === null) return
  const traces = await tracesOf(work.traceId, store)
  const [firstTrace] = traces
  const lastTrace = traces.at(-1)
  if (!firstTrace || lastTrace?.traceId !== work.traceId) return
  const turns = traces.flatMap(({ conversation }) => conversation.turns)
  const subject = subjectOfConversation(turns)
  const lastTurn = turns.at(-1)
  const [info] = await store.traces.getMany([firstTrace.traceId])
  if (!subject || !lastTurn || !info) {
    log.debug('no conversation to judge', { traceId: work.traceId })
    return
  }
  const place = { traceId: firstTrace.traceId, spanId: null }
  const sessionId = info.metadata[traceMetadata.session] ?? null
  const runId = info.metadata[traceMetadata.sourceRun] ?? null
  const known = new Map(info.assessments.map((assessment) => [assessment.assessmentId, assessment]))
  const settled = await Promise.all(
    conversationRubrics.map(async (rubric) => {
      const earlier = known.get(assessmentId(place, rubric, judge)) ?? null
      const stands =
        earlier !== null && isSettled(earlier) && earlier.metadata[lastTraceKey] === lastTrace.traceId
      const assessment =
        stands && !work.again
          ? earlier
          : await assess({
              place,
              work,
              rubric,
              judge,
              ask: () => ask(rubric, subject, work.signal),
              earlier,
              metadata: {
                [lastTraceKey]: lastTrace.traceId,
                ...(sessionId !== null && { [traceMetadata.session]: sessionId }),
              },
              store,
              log,
            })
      if (runId !== null) await logScore(runId, lastTurn, assessment, store, log)
      return isSettled(assessment)
    }),
  )
  if (settled.includes(false)) {
    throw new Error('A judgement failed for now; the conversation is judged again later.')
  }
}

interface ConversationTrace {
  traceId: string
  conversation: Conversation
}

/** The traces that hold the conversation, oldest first: one, or those of the session where each is a turn. */
async function tracesOf(traceId: string, store: Store): Promise<ConversationTrace[]> {
  const spans = await store.spans.ofTrace(traceId)
  const isTurn = spans.some((span) => span.parentSpanId === null && isTurnSpan(span))
  const ids = isTurn ? await store.sessions.tracesWith(traceId) : [traceId]
  const traces: ConversationTrace[] = []
  for (const id of ids) {
    const conversation = readConversation(id === traceId ? spans : await store.spans.ofTrace(id))
    if (conversation) traces.push({ traceId: id, conversation })
  }
  return traces
}
