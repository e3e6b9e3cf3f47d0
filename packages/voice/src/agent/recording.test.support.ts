import type { ConversationFacts, Recorder, StageEnd, StageName, StageStart, TurnSummary } from './recorder.ts'

export interface RecordedStage extends StageStart, StageEnd {
  name: StageName
  startMs: number
  endMs: number | null
}

interface RecordedTurn {
  number: number
  startMs: number
  stages: RecordedStage[]
  summary: TurnSummary | null
}

export interface RecordedConversation {
  facts: ConversationFacts
  turns: RecordedTurn[]
  /** The recording of the sound, whole or as far as it has come. */
  sound: { startMs: number; pages: Uint8Array[]; ended: boolean } | null
  ended: { reason: string; error?: unknown } | null
}

/** A recorder that keeps what it is told. */
export class KeepingRecorder implements Recorder {
  readonly conversations: RecordedConversation[] = []

  conversation(facts: ConversationFacts): ReturnType<Recorder['conversation']> {
    const kept: RecordedConversation = { facts, turns: [], sound: null, ended: null }
    this.conversations.push(kept)
    return {
      ids: async () => ({ traceId: 'tr-1', runId: 'run', experimentId: '1', sessionId: facts.sessionId }),
      turn(number, startMs) {
        const turn: RecordedTurn = { number, startMs, stages: [], summary: null }
        kept.turns.push(turn)
        return {
          stage(name, startMs, start = {}) {
            const stage: RecordedStage = { ...start, name, startMs, endMs: null }
            turn.stages.push(stage)
            return {
              end(endMs, end = {}) {
                stage.endMs = endMs
                Object.assign(stage, end, { attributes: { ...start.attributes, ...end.attributes } })
              },
            }
          },
          end(_endMs, summary) {
            turn.summary = summary
          },
        }
      },
      sound(startMs) {
        const sound = { startMs, pages: [] as Uint8Array[], ended: false }
        kept.sound = sound
        return {
          append: (page) => void sound.pages.push(page),
          async end() {
            sound.ended = true
          },
        }
      },
      end(_endMs, end) {
        kept.ended = end
      },
    }
  }
}
