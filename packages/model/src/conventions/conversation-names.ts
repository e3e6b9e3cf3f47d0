/** Names of the spans that every conversation has. */
export const conversationSpanNames = { conversation: 'conversation', turn: 'turn' } as const

/** Attributes of these spans. Those that end in `_ms` are milliseconds. */
export const conversationAttributes = {
  sessionId: 'session.id',
  turnNumber: 'turn.number',
  turnUserText: 'turn.user_text',
  turnAgentText: 'turn.agent_text',
  turnInterrupted: 'turn.interrupted',
  turnVoiceToVoiceMs: 'turn.voice_to_voice_ms',
  /** Followed by one of `latencyParts` and `_ms`: `turn.latency.first_token_ms`. */
  turnLatencyPrefix: 'turn.latency.',
} as const
