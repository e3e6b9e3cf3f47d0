/** How turns are taken; milliseconds. Measured in `docs/decisions/0010-livekit-agents-without-a-server.md`. */
export const turnTaking = {
  /** Silence after which speech has ended, and the least wait for the end of a turn. The end-of-turn model needs 250. */
  minEndpointingMs: 250,
  /** The wait when the end-of-turn model doubts that the user has finished. */
  maxEndpointingMs: 800,
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
