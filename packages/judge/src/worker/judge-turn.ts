import {
  type Assessment,
  type Log,
  type Metric,
  type Turn,
  traceMetadata,
  VoxtraceError,
} from '@voxtrace/model'
import type { Store } from '@voxtrace/store'
import type { Judge, Judgement } from '../judgement.ts'
import { type Rubric, rubrics } from '../rubrics/index.ts'
import { type Subject, subjectOfTurn } from '../subject.ts'
import { assessmentId, contentOf, isSettled, newAssessment, type TurnPlace } from './assessment.ts'
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
  const subject = found && subjectOfTurn(found.conversation, found.turn)
  if (!found || !subject) {
    log.debug('nothing to judge', { traceId: work.traceId, spanId: work.spanId })
    return
  }
  const [info] = await store.traces.getMany([work.traceId])
  if (!info) return
  const known = new Map(info.assessments.map((assessment) => [assessment.assessmentId, assessment]))
  const runId = info.metadata[traceMetadata.sourceRun] ?? null
  const began = performance.now()
  const settled = await Promise.all(
    rubrics.map(async (rubric) => {
      const earlier = known.get(assessmentId(work, rubric, judge)) ?? null
      const assessment =
        earlier && isSettled(earlier) && !work.again
          ? earlier
          : await assess(work, rubric, judge, subject, earlier, store, log)
      if (runId !== null) await logMetric(runId, found.turn, assessment, store, log)
      return isSettled(assessment)
    }),
  )
  log.debug('judged a turn', {
    traceId: work.traceId,
    turn: found.turn.number,
    ms: Math.round(performance.now() - began),
  })
  if (settled.includes(false)) throw new Error('A judgement failed for now; the turn is judged again later.')
}

async function assess(
  work: TurnWork,
  rubric: Rubric,
  judge: Judge,
  subject: Subject,
  earlier: Assessment | null,
  store: Store,
  log: Log,
): Promise<Assessment> {
  const began = performance.now()
  const judgement = await judgementOf(work, rubric, judge, subject)
  const willRetry = judgement.kind === 'failed' && judgement.transient && !work.lastAttempt
  if (judgement.kind === 'failed') {
    log.warn(`the judgement of ${rubric.criterion} failed${willRetry ? ' and is tried again' : ''}`, {
      traceId: work.traceId,
      code: judgement.code,
      reason: judgement.message,
    })
  }
  const content = contentOf(judgement, willRetry)
  content.metadata['judge.durationMs'] = String(Math.round(performance.now() - began))
  content.metadata['judge.version'] = judge.version
  content.metadata['rubric.version'] = String(rubric.version)
  if (earlier) return store.assessments.update(work.traceId, earlier.assessmentId, content)
  return store.assessments.create(newAssessment(work, rubric, judge, content))
}

async function judgementOf(
  work: TurnWork,
  rubric: Rubric,
  judge: Judge,
  subject: Subject,
): Promise<Judgement> {
  try {
    return await judge.judge(rubric, subject, work.signal)
  } catch (error) {
    work.signal.throwIfAborted()
    const message = `The judge ${judge.source.id} failed: ${error instanceof Error ? error.message : String(error)}`
    return { kind: 'failed', code: 'JUDGE_FAILED', message, transient: true, metadata: {} }
  }
}

/** Logs a score on the trace's run. The same assessment always gives the same metric, so that a repeat adds none. */
async function logMetric(
  runId: string,
  turn: Turn,
  assessment: Assessment,
  store: Store,
  log: Log,
): Promise<void> {
  if (typeof assessment.value !== 'number') return
  const metric: Metric = {
    key: assessment.name,
    value: assessment.value,
    step: turn.number,
    timestampMs: Number((turn.endTimeUnixNano ?? turn.startTimeUnixNano) / 1_000_000n),
  }
  try {
    await store.runs.log(runId, { metrics: [metric] })
  } catch (error) {
    const gone =
      error instanceof VoxtraceError &&
      (error.code === 'RESOURCE_DOES_NOT_EXIST' || error.code === 'INVALID_PARAMETER_VALUE')
    if (!gone) throw error
    log.warn('a score could not be logged on its run', { runId, metric: metric.key, reason: error.message })
  }
}
