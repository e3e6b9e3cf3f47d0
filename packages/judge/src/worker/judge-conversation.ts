import { type Assessment, type Log, traceMetadata } from '@voxtrace/model'
import type { HeldConversation, Store } from '@voxtrace/store'
import type { Judge } from '../judgement.ts'
import { conversationRubrics } from '../rubrics/index.ts'
import { conversationRoom, subjectOfConversation } from '../subject.ts'
import { assess, logScore } from './assess.ts'
import { assessmentId, isSettled } from './assessment.ts'
import type { OneAtATime } from './one-at-a-time.ts'

/** What of the conversation a judgement is of: up to which trace, and of how many turns. Of more it is judged anew. */
const lastTraceKey = 'judge.lastTraceId'
const turnCountKey = 'judge.turnCount'
/** When the conversation was read, by the clock of the database: what was read later stays. */
const readKey = 'judge.readMs'

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
 * written already or is asked for anew. Of a session of many traces the last is the cue: its others were followed by
 * more. One that comes late, with a time before the last, is the cue once the last one was. The assessments stand on the
 * first trace, where MLflow puts what is said of a session.
 *
 * Traces of one session may be cues at the same moment. This judge takes one after the other, so that the second finds what was
 * found for the first.
 *
 * Does nothing with a judge that cannot tell. Rejects when a judgement failed that may succeed later, as `judgeTurn` does.
 */
export async function judgeConversation(
  work: ConversationWork,
  judge: Judge,
  store: Store,
  log: Log,
  underWay: OneAtATime,
): Promise<void> {
  if (judge.judgeConversation === null) return
  const found = await store.conversations.read(work.traceId, conversationRoom)
  if (found === null) return
  await underWay.run(found.firstTraceId, () => judgeUpToDate(work, judge, store, log))
}

async function judgeUpToDate(work: ConversationWork, judge: Judge, store: Store, log: Log): Promise<void> {
  let held = await store.conversations.read(work.traceId, conversationRoom)
  while (held !== null) {
    if (!held.isUpToDate && !work.lastAttempt) {
      throw new Error('Turns of a large trace are still being read; the conversation is judged later.')
    }
    await judgeHeld(held, work, judge, store, log)
    // A trace that came late while the judge was at it found no judgement of the last one to go by.
    const now = await store.conversations.read(work.traceId, conversationRoom)
    held = now?.lastTraceId === held.lastTraceId && now.turnCount !== held.turnCount ? now : null
  }
}

/** Judges the conversation as it was read, unless its last trace is the cue for that and is still to come. */
async function judgeHeld(
  held: HeldConversation,
  work: ConversationWork,
  judge: Judge,
  store: Store,
  log: Log,
): Promise<void> {
  const ask = judge.judgeConversation
  const subject = subjectOfConversation(held)
  const [info] = await store.traces.getMany([held.firstTraceId])
  if (!ask || !subject || !info) {
    log.debug('no conversation to judge', { traceId: work.traceId })
    return
  }
  const place = { traceId: held.firstTraceId, spanId: null }
  const known = new Map(info.assessments.map((assessment) => [assessment.assessmentId, assessment]))
  const earlier = conversationRubrics.map((rubric) => known.get(assessmentId(place, rubric, judge)))
  const wasCued = earlier.some((each) => each?.metadata[lastTraceKey] === held.lastTraceId)
  if (held.lastTraceId !== work.traceId && !wasCued) return
  const sessionId = info.metadata[traceMetadata.session]
  const runId = info.metadata[traceMetadata.sourceRun]
  const metadata = {
    [lastTraceKey]: held.lastTraceId,
    [turnCountKey]: String(held.turnCount),
    [readKey]: String(held.readMs),
    ...(sessionId !== undefined && { [traceMetadata.session]: sessionId }),
  }
  const isOfSame = ({ metadata: { [lastTraceKey]: lastTraceId, [turnCountKey]: turnCount } }: Assessment) =>
    lastTraceId === held.lastTraceId && turnCount === String(held.turnCount)
  const stands = (found: Assessment) => isOfSame(found) && isSettled(found) && !work.again
  const settled = await Promise.all(
    conversationRubrics.map(async (rubric, index) => {
      const found = earlier[index]
      const assessment =
        found && stands(found)
          ? found
          : await assess({
              place,
              work,
              rubric,
              judge,
              ask: () => ask(rubric, subject, work.signal),
              stays: (standing) => stands(standing) || Number(standing.metadata[readKey]) > held.readMs,
              metadata,
              store,
              log,
            })
      if (runId !== undefined && isOfSame(assessment)) {
        await logScore(runId, held.lastTurn, assessment, store, log)
      }
      return isSettled(assessment)
    }),
  )
  if (settled.includes(false)) {
    throw new Error('A judgement failed for now; the conversation is judged again later.')
  }
}
