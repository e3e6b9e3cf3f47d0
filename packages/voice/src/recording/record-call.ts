import { nowMs } from '../agent/clock.ts'
import type { ConversationRecorder } from '../agent/recorder.ts'
import type { Call } from '../transport/call.ts'
import { ConversationRecording } from './conversation-recording.ts'

/** Records the sound of a call from now on, where its recorder keeps sound. `end` resolves when the rest has been handed over. */
export function recordCall(call: Call, recorder: ConversationRecorder): { end(): Promise<void> } {
  const startMs = nowMs()
  const sound = recorder.sound(startMs)
  if (!sound) return { end: async () => {} }
  const recording = new ConversationRecording({ startMs: startMs - performance.timeOrigin, sink: sound })
  call.record(recording)
  return {
    async end() {
      recording.end(performance.now())
      await sound.end()
    },
  }
}
