import { z } from 'zod'
import type { TokenLogprob } from './expected-score.ts'
import { ModelFailure } from './model-failure.ts'

/** What one call of a model gave and cost. */
export interface Completion {
  text: string
  /** The model as the endpoint names it. */
  model: string | null
  /** Empty where the endpoint gives no log-probabilities. */
  tokens: TokenLogprob[]
  inputTokens: number | null
  outputTokens: number | null
  /** In US dollars; null where the endpoint does not tell. */
  cost: number | null
}

const count = z.number().int().nonnegative().nullish().catch(null)

const answered = z.object({
  model: z.string().nullish().catch(null),
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish().catch(null),
        message: z.object({ content: z.string().nullish(), refusal: z.string().nullish().catch(null) }),
        logprobs: z
          .object({
            content: z.array(
              z.object({
                token: z.string(),
                top_logprobs: z.array(z.object({ token: z.string(), logprob: z.number() })),
              }),
            ),
          })
          .nullish()
          .catch(null),
      }),
    )
    .min(1),
  usage: z
    .object({
      prompt_tokens: count,
      completion_tokens: count,
      cost: z.number().nonnegative().nullish().catch(null),
    })
    .nullish()
    .catch(null),
})

/**
 * Reads an endpoint's response. Foreign endpoints leave much out, so only the text is required.
 *
 * Errors (`ModelFailure`): the response is not a chat completion, or the model refused.
 */
export function readCompletion(response: unknown): Completion {
  const parsed = answered.safeParse(response)
  const choice = parsed.data?.choices[0]
  if (!parsed.success || !choice) {
    throw new ModelFailure(
      'INVALID_ANSWER',
      'The model endpoint answered with something that is no chat completion.',
      {
        transient: true,
      },
    )
  }
  if (choice.message.refusal || choice.finish_reason === 'content_filter') {
    const reason = choice.message.refusal ?? 'its content filter stopped the answer'
    throw new ModelFailure('MODEL_REFUSED', `The model refused to judge: ${reason}`, { transient: false })
  }
  const { usage } = parsed.data
  return {
    text: choice.message.content ?? '',
    model: parsed.data.model ?? null,
    tokens: (choice.logprobs?.content ?? []).map(({ token, top_logprobs: top }) => ({ token, top })),
    inputTokens: usage?.prompt_tokens ?? null,
    outputTokens: usage?.completion_tokens ?? null,
    cost: usage?.cost ?? null,
  }
}
