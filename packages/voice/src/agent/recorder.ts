import type { LatencyPart, voxtrace } from '@voxtrace/model'

type SpanNames = typeof voxtrace.spanNames

/** A stage of a turn, as the model names its spans. */
export type StageName = Exclude<SpanNames[keyof SpanNames], 'conversation' | 'turn'>

export interface StageStart {
  inputs?: unknown
  attributes?: Record<string, unknown>
}

export interface StageEnd {
  outputs?: unknown
  attributes?: Record<string, unknown>
  error?: unknown
}

/** One stage that is being recorded. Times are milliseconds since the epoch. */
export interface StageRecorder {
  end(endMs: number, end?: StageEnd): void
}

export interface TurnSummary {
  userText: string | null
  /** As far as it was heard. */
  agentText: string | null
  interrupted: boolean
  voiceToVoiceMs: number | null
  parts: Partial<Record<LatencyPart, number>>
  error: unknown
}

export interface TurnRecorder {
  stage(name: StageName, startMs: number, start?: StageStart): StageRecorder
  end(endMs: number, summary: TurnSummary): void
}

/** Where a conversation is recorded; ids are null while, or when, nothing is traced. */
export interface ConversationIds {
  traceId: string | null
  runId: string | null
  experimentId: string | null
  sessionId: string
}

/** Where the sound of a conversation is kept, as Opus in Ogg with the user left and the agent right. */
export interface SoundRecorder {
  /** Takes the next page; never waits and never throws. */
  append(page: Uint8Array): void
  /** Resolves when the rest has been handed over, or cannot be within some seconds. */
  end(): Promise<void>
}

export interface ConversationRecorder {
  /** Resolves when the ids are known, which is at the latest when the recording has ended. */
  ids(): Promise<ConversationIds>
  turn(number: number, startMs: number): TurnRecorder
  /** Begins a recording of the sound, whose first sample is heard at `startMs`; null when sound is not kept. */
  sound(startMs: number): SoundRecorder | null
  end(endMs: number, end: { reason: string; error?: unknown }): void
}

/** What is known of a conversation before its first word. */
export interface ConversationFacts {
  sessionId: string
  userId: string | null
  startMs: number
  /** Models and settings, as run parameters. */
  params: Record<string, string | number | boolean>
}

export interface Recorder {
  conversation(facts: ConversationFacts): ConversationRecorder
}

const noStage: StageRecorder = { end: () => {} }
const noTurn: TurnRecorder = { stage: () => noStage, end: () => {} }

/** Records nothing: a conversation without tracing. */
export const recordNothing: Recorder = {
  conversation: ({ sessionId }) => ({
    ids: async () => ({ traceId: null, runId: null, experimentId: null, sessionId }),
    turn: () => noTurn,
    sound: () => null,
    end: () => {},
  }),
}
