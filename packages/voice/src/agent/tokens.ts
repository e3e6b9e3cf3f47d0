import { countTokens as count } from 'gpt-tokenizer/encoding/o200k_base'
import type { Message, ProviderUsage } from './language-model.ts'

/** Tokens that frame a message in OpenAI's chat format (their cookbook, "How to count tokens with tiktoken"). */
const tokensAroundMessage = 3

/** An estimate of the tokens of a chat for a provider that does not count them, by OpenAI's o200k encoding. */
export function countTokens(messages: readonly Message[], completion: string): ProviderUsage {
  const promptTokens = messages.reduce(
    (sum, message) => sum + count(message.content) + count(message.role) + tokensAroundMessage,
    tokensAroundMessage,
  )
  const completionTokens = count(completion)
  return { promptTokens, completionTokens, totalTokens: promptTokens + completionTokens }
}
