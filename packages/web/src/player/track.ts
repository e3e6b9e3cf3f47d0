import type { Recording, RecordingChannel } from '@voxtrace/model'

/** A recording that has not grown for this long broke off, in milliseconds. */
export const growsForMs = 60_000

/** A recording in its place on the trace's axis, in milliseconds from the start of the trace. */
export interface Track {
  recording: Recording
  startMs: number
  /** How far it is known to go. */
  endMs: number
}

export function trackOf(recording: Recording, originUnixNano: bigint): Track {
  const startMs = Number(recording.startTimeUnixNano - originUnixNano) / 1e6
  return { recording, startMs, endMs: startMs + (recording.durationMs ?? 0) }
}

/** Which channel of which recording carries a voice; `mixed` stands for either where there is nothing better. */
export function channelsFor(
  tracks: readonly Track[],
  voice: RecordingChannel,
): { track: Track; channel: number }[] {
  return tracks.flatMap((track) => {
    const channel = track.recording.channels.indexOf(voice)
    return channel < 0 ? [] : [{ track, channel }]
  })
}
