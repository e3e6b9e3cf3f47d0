import { prepareLiveKit, startConversation, type Voices } from './agent/start-conversation.ts'
import { loadTurnDetector } from './agent/turn-end.ts'
import type { Call } from './transport/call.ts'

export { createCalls } from './transport/calls.ts'

prepareLiveKit()
loadTurnDetector()

/** Holds one call's conversation to its end. A failure is logged, and ends that conversation alone. */
export async function converse(call: Call, voices: Voices): Promise<void> {
  const { log } = voices
  try {
    const conversation = await startConversation(call, voices)
    log.info('a conversation has begun', { sessionId: conversation.sessionId })
    await conversation.ended
    log.info('a conversation has ended', { sessionId: conversation.sessionId })
  } catch (error) {
    log.error(`a conversation failed: ${error instanceof Error ? error.message : String(error)}`)
  }
}
