import type { Assessment, Log } from '@voxtrace/model'
import type { Store } from '@voxtrace/store'
import type { Judge } from '../judgement.ts'
import { rubrics } from '../rubrics/index.ts'
import { subjectOfTurn } from '../subject.ts'
import { assess, logScore } from './assess.ts'
import { assessmentId, isSettled, type TurnPlace } from './assessment.ts'
import { findTurn } from './find-turn.ts'

export interface TurnWork extends TurnPlace {
  /** A failure now is final: the turn is not delivered again. */
  lastAttempt: boolean
  /** Judge it anew, also where a judgement stands. */
  again?: boolean
  signal: AbortSignal
}

/**
 * Judges a turn by every rubric and writes what was found, as far as it is not written already or is asked for anew; so
 * it may be called again for the same turn, by this judge or another, and ends with one assessment a rubric.
 *
 * Rejects when a judgement failed that may succeed later, to be called again; its assessment holds the error until
 * then.
 */
export async function judgeTurn(work: TurnWork, judge: Judge, store: Store, log: Log): Promise<void> {
  const found = await findTurn(store, work, work.signal)
  const subject = found && subjectOfTurn(found)
  if (!found || !subject) {
    log.debug('nothing to judge', { traceId: work.traceId, spanId: work.spanId })
    return
  }
  const { number, startTimeUnixNano, endTimeUnixNano, runId } = found
  const spoken = { number, endedMs: Number((endTimeUnixNano ?? startTimeUnixNano) / 1_000_000n) }
  const began = performance.now()
  const ids = rubrics.map((rubric) => assessmentId(work, rubric, judge))
  const known = await store.assessments.getMany(work.traceId, ids)
  const settled = await Promise.all(
    rubrics.map(async (rubric) => {
      const earlier = known.get(assessmentId(work, rubric, judge))
      const stays = (standing: Assessment) => isSettled(standing) && !work.again
      const assessment =
        earlier && stays(earlier)
          ? earlier
          : await assess({
              place: { traceId: work.traceId, spanId: work.spanId },
              work,
              rubric,
              judge,
              ask: () => judge.judge(rubric, subject, work.signal),
              stays,
              store,
              log,
            })
      if (runId !== null) await logScore(runId, spoken, assessment, store, log)
      return isSettled(assessment)
    }),
  )
  log.debug('judged a turn', {
    traceId: work.traceId,
    turn: number,
    ms: Math.round(performance.now() - began),
  })
  if (settled.includes(false)) throw new Error('A judgement failed for now; the turn is judged again later.')
}
