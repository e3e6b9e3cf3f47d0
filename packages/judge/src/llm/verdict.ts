import { z } from 'zod'

const verdict = z.object({
  evidence: z.array(z.string()).default([]),
  reasoning: z.string().trim().min(1, 'reasoning is empty'),
  not_judged: z
    .string()
    .nullish()
    .transform((reason) => reason?.trim() || null),
  score: z.number().int().min(1).max(5).nullable(),
})

/** What a model finds: a score with its reasons, or why there is none. */
export interface Verdict {
  evidence: string[]
  reasoning: string
  notJudged: string | null
  /** 1 to 5; null when not judged. */
  score: number | null
}

/** The same as JSON Schema, in the order in which the model is to write: the score comes last. */
export const verdictSchema = {
  name: 'judgement',
  strict: true,
  schema: {
    type: 'object',
    properties: {
      evidence: { type: 'array', items: { type: 'string' } },
      reasoning: { type: 'string' },
      not_judged: { type: ['string', 'null'] },
      score: { type: ['integer', 'null'], enum: [1, 2, 3, 4, 5, null] },
    },
    required: ['evidence', 'reasoning', 'not_judged', 'score'],
    additionalProperties: false,
  },
}

/** Reads the verdict in a model's answer, or says what is wrong with it, for the model to repair. */
export function readVerdict(answer: string): Verdict | { problem: string } {
  const json = jsonIn(answer)
  if (json === undefined) return { problem: 'it holds no complete JSON object' }
  const parsed = verdict.safeParse(json)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    return { problem: `${issue?.path.join('.') || 'the object'}: ${issue?.message ?? 'is not as asked'}` }
  }
  const { evidence, reasoning, not_judged: notJudged, score } = parsed.data
  if (notJudged === null && score === null) {
    return { problem: 'score is null, and not_judged gives no reason' }
  }
  return { evidence, reasoning, notJudged: score === null ? notJudged : null, score }
}

/** The outermost JSON object in a text that may stand in a code fence or among other words. */
function jsonIn(text: string): unknown {
  const from = text.indexOf('{')
  const to = text.lastIndexOf('}')
  if (from < 0 || to < from) return undefined
  try {
    return JSON.parse(text.slice(from, to + 1))
  } catch {
    return undefined
  }
}
