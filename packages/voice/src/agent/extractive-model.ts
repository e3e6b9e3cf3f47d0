import { answerExtractively } from './extractive/answer-extractively.ts'
import type { LanguageModel } from './language-model.ts'

/** Answers without a language model, from the best sentences of the passages. */
export function extractiveModel(knows: { knowledgeName?: string; subject?: string | null }): LanguageModel {
  return {
    model: 'extractive',
    messages: ({ text, history }) => [...history, { role: 'user', content: text }],
    async *answer({ text, passages, history }, signal) {
      for await (const piece of answerExtractively({ question: text, passages, history, ...knows })) {
        signal.throwIfAborted()
        yield { kind: 'text', text: piece }
      }
    },
  }
}
