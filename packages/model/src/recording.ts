/** Whose voice a channel of a recording carries; `mixed` carries all of them. */
export const recordingChannels = ['user', 'agent', 'mixed'] as const
export type RecordingChannel = (typeof recordingChannels)[number]

/** The forms of audio that can be attached to a trace. */
export const recordingContentTypes = ['audio/wav', 'audio/mpeg', 'audio/ogg', 'audio/webm'] as const
export type RecordingContentType = (typeof recordingContentTypes)[number]

/** The sound of a conversation, attached to its trace. */
export interface Recording {
  traceId: string
  /** Unique within the trace; chosen by whoever attaches it. */
  recordingId: string
  contentType: RecordingContentType
  /** What each channel of the audio carries, in the order of the channels. */
  channels: RecordingChannel[]
  /** Nanoseconds since the epoch at the first sample. */
  startTimeUnixNano: bigint
  sizeBytes: number
  /** False while more may be appended. */
  complete: boolean
  /** How much of it is known to play, in milliseconds; null until its sound has been read. */
  durationMs: number | null
  /** Of WebM without an index of its own, how many places are known at which it can be taken up. */
  cues: number
  createTimeMs: number
  lastUpdateTimeMs: number
}
