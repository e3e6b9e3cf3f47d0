import * as z from 'zod/mini'
import type { ServerStatusAnswer } from '../api/status.ts'
import { conversationJudges, judges } from './judges.ts'

/** What a turn or a conversation is scored by, and what each score means, as the judge has it. */
export interface Criterion {
  /** The name of its assessments, such as `judge.tone`. */
  name: string
  label: string
  /** The question that the score answers; null while no judge runs that could tell it. */
  question: string | null
  /** What 1 to 5 mean; null while no judge runs that could tell it. */
  levels: readonly string[] | null
}

const rubrics = z.array(
  z.object({
    name: z.string(),
    title: z.string(),
    question: z.string(),
    levels: z.array(z.string()).check(z.length(5)),
  }),
)

/** Whether judges run and none of them is a language model, so that nothing is said of whole conversations. */
export function isJudgedOffline({ services }: ServerStatusAnswer): boolean {
  const kinds = services.filter(({ service }) => service === 'judge').map(({ details }) => details.kind)
  return kinds.length > 0 && kinds.every((kind) => kind === 'offline')
}

/** The criteria for turns or for conversations of the judge that runs, or their names alone while none does. */
export function criteriaOf(
  status: ServerStatusAnswer | undefined,
  unit: 'turn' | 'conversation',
): Criterion[] {
  for (const { service, details } of status?.services ?? []) {
    const read =
      service === 'judge'
        ? rubrics.safeParse(unit === 'turn' ? details.rubrics : details.conversationRubrics)
        : null
    if (read?.success && read.data.length > 0)
      return read.data.map(({ title, ...rest }) => ({ ...rest, label: title }))
  }
  return (unit === 'turn' ? judges : conversationJudges).map(({ name, label }) => ({
    name,
    label,
    question: null,
    levels: null,
  }))
}
