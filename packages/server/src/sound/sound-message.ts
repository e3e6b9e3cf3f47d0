import type { RecordingContentType } from '@voxtrace/model'
import type { RecordingCue } from '@voxtrace/store'
import type { Sound } from './sound-reader.ts'

/** The next bytes of a recording, to be read by the thread. */
export interface SoundRequest {
  id: number
  /** `envelope`: what is drawn; `samples`: what is heard. */
  wanted: 'envelope' | 'samples'
  contentType: RecordingContentType
  /** How many channels the envelope has. */
  channels: number
  /** How many bytes were read before these, and the state that reading them answered; null at the beginning. */
  before: number
  state: unknown
  bytes: Uint8Array
}

export interface SoundReply {
  id: number
  /** Bytes of the recording that are used up now. */
  bytes: number
  state: unknown
  /** Of an envelope, the buckets that were filled. */
  data: Uint8Array
  buckets: number
  durationMs: number
  /** Of an envelope, the cues of the stretch. */
  cues: RecordingCue[]
  /** Of samples, the sound. */
  sounds: Sound[]
  /** Why it cannot be read any further. */
  problem: string | null
}

/** What the thread answers when it failed by a mistake of its own. */
export interface SoundFailure {
  id: number
  failure: string
}
