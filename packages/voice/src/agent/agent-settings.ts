/** How turns are taken; milliseconds. Measured in `docs/decisions/0010-livekit-agents-without-a-server.md`. */
export const turnTaking = {
  /** Silence after which speech has ended, and the least wait for the end of a turn. The end-of-turn model needs 250. */
  minEndpointingMs: 250,
  /** The wait after a sentence that is whole by its words and by how its pitch ends. */
  finishedMs: 288,
  /** The wait after a question that is whole by its words alone. */
  wholeQuestionMs: 384,
  /** The wait after a question that may be the beginning of a longer one. */
  openQuestionMs: 640,
  /** The wait when neither the sound nor the words tell that the user has finished. */
  maxEndpointingMs: 736,
  /** Speech of the user after which the agent stops speaking. */
  interruptionMs: 96,
} as const

export const defaults = {
  topK: 4,
  firstTokenTimeoutMs: 8_000,
  nextTokenTimeoutMs: 8_000,
  voiceTimeoutMs: 8_000,
  transcriptionTimeoutMs: 10_000,
  maxConversations: 4,
} as const
