import { type Assessment, type Log, type Metric, VoxtraceError } from '@voxtrace/model'
import type { Store } from '@voxtrace/store'
import type { Judge, Judgement } from '../judgement.ts'
import { type AnyRubric, contentOf, newAssessment, type Place } from './assessment.ts'

interface Assessing {
  /** What is assessed. */
  place: Place
  work: { lastAttempt: boolean; signal: AbortSignal }
  rubric: AnyRubric
  judge: Judge
  ask(): Promise<Judgement>
  /** Whether what another judge wrote meanwhile stays as it is. */
  stays(standing: Assessment): boolean
  /** Beside what the judgement says of itself. */
  metadata?: Record<string, string>
  store: Store
  log: Log
}

/** Asks for one judgement and writes what it says; a judge that breaks gives an error that may pass. Answers what then stands. */
export async function assess(assessing: Assessing): Promise<Assessment> {
  const { place, work, rubric, judge, stays, store, log } = assessing
  const began = performance.now()
  const judgement = await judgementOf(assessing)
  const willRetry = judgement.kind === 'failed' && judgement.transient && !work.lastAttempt
  if (judgement.kind === 'failed') {
    log.warn(`the judgement of ${rubric.criterion} failed${willRetry ? ' and is tried again' : ''}`, {
      traceId: place.traceId,
      code: judgement.code,
      reason: judgement.message,
    })
  }
  const content = contentOf(judgement, willRetry)
  content.metadata['judge.durationMs'] = String(Math.round(performance.now() - began))
  content.metadata['judge.version'] = judge.version
  content.metadata['rubric.version'] = String(rubric.version)
  Object.assign(content.metadata, assessing.metadata)
  return store.assessments.put(newAssessment(place, rubric, judge, content), stays)
}

async function judgementOf({ work, judge, ask }: Assessing): Promise<Judgement> {
  try {
    return await ask()
  } catch (error) {
    work.signal.throwIfAborted()
    const message = `The judge ${judge.source.id} failed: ${error instanceof Error ? error.message : String(error)}`
    return { kind: 'failed', code: 'JUDGE_FAILED', message, transient: true, metadata: {} }
  }
}

/**
 * Logs a score on the trace's run, at the turn that it is of or with which the conversation ended. The same assessment
 * always gives the same metric, so that a repeat adds none.
 */
export async function logScore(
  runId: string,
  turn: { number: number; endedMs: number },
  assessment: Assessment,
  store: Store,
  log: Log,
): Promise<void> {
  if (typeof assessment.value !== 'number') return
  const metric: Metric = {
    key: assessment.name,
    value: assessment.value,
    step: turn.number,
    timestampMs: turn.endedMs,
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
