/** What is recorded: a turn is a root and six children, each with about 1.1 KB in and 1.0 KB out, and eight metrics. */
export const children = [
  'user_speech',
  'end_of_utterance',
  'speech_to_text',
  'rag_retrieval',
  'llm_generation',
  'text_to_speech',
]

const sentence = 'The quick brown fox jumps over the lazy dog near the river bank. '

export const inputs = {
  messages: [
    { role: 'system', content: sentence.repeat(6) },
    { role: 'user', content: sentence.repeat(9) },
  ],
  model: 'extractive',
  temperature: 0.2,
}

export const outputs = { response: sentence.repeat(15), finish_reason: 'stop', tokens: [1, 2, 3] }

export const metrics: Record<string, number> = Object.fromEntries(
  Array.from({ length: 8 }, (_, index) => [`metric.${index}_ms`, index * 1.5]),
)

/** A client under measurement. */
export interface Subject {
  /** One span without anything, begun and ended. */
  span(): void
  turn(number: number): void
  /** Resolves when what was recorded is sent. */
  settle(): Promise<void>
  /** What it says it dropped, where it says so. */
  dropped?(): number
}
