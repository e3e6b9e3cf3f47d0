import type { Exchange } from './exchanges.ts'
import type { MicrophoneProblem } from './microphone.ts'
import type { RefusalKind } from './signalling.ts'

/**
 * States of a call and what leads from one to the next:
 *
 *   idle, ended, failed --connect--> asking      (for the microphone; skipped when only text is wanted)
 *   asking --granted or not--> connecting
 *   connecting --channel open--> connected
 *   connecting --refused--> failed
 *   connected --connection cut, or nothing comes and the bot knows of no call--> reconnecting
 *   reconnecting --the same connection is back--> connected
 *   reconnecting --channel open--> connected      (with a new conversation, when the bot has lost the old one)
 *   connected --another microphone--> reconnecting
 *   reconnecting --a minute without success, or refused--> failed
 *   connected --the bot leaves--> ended
 *   any but idle --end--> ended
 */
export type CallPhase = 'idle' | 'asking' | 'connecting' | 'connected' | 'reconnecting' | 'ended' | 'failed'

type AgentState = 'listening' | 'thinking' | 'speaking'

export interface CallFailure {
  kind: RefusalKind | 'lost'
  message: string
}

interface ConversationIds {
  traceId: string | null
  runId: string | null
  experimentId: string | null
  sessionId: string
}

export interface CallState {
  phase: CallPhase
  agent: AgentState
  /** `none` while no call wants one. */
  microphone: 'none' | 'open' | 'muted' | 'silent' | 'ended' | MicrophoneProblem
  deviceName: string
  userSpeaking: boolean
  conversation: ConversationIds | null
  exchanges: Exchange[]
  /** When the call was first connected, in milliseconds since the epoch. */
  connectedAtMs: number | null
  failure: CallFailure | null
  /** While it reconnects, whether the bot is known not to answer. */
  botIsSilent: boolean
  /** The conversation that broke off before this one, because the bot had lost it; null when none did. */
  brokenOff: ConversationIds | null
  /** Who ended the call. */
  endedBy: 'caller' | 'bot' | null
  /** Something that went wrong without ending the call. */
  notice: string | null
}

export const idleCall: CallState = {
  phase: 'idle',
  agent: 'listening',
  microphone: 'none',
  deviceName: '',
  userSpeaking: false,
  conversation: null,
  exchanges: [],
  connectedAtMs: null,
  failure: null,
  botIsSilent: false,
  brokenOff: null,
  endedBy: null,
  notice: null,
}

export function isInCall(phase: CallPhase): boolean {
  return phase === 'connected' || phase === 'reconnecting'
}
