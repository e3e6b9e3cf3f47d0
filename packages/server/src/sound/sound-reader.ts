import type { RecordingCue } from '@voxtrace/store'

/** Sound that begins at sample `at` of its recording; each channel's samples lie between -1 and 1. */
export interface Sound {
  at: number
  /** Samples a second. */
  rate: number
  channels: Float32Array[]
}

/**
 * Reads the sound of a file that comes piece by piece. Reading can be taken up later, in another process, after `bytes` bytes
 * with `state`, which is JSON.
 */
export interface SoundReader {
  /** Takes the bytes that follow; gives the sound of all that is whole now. @throws UnreadableSound */
  read(bytes: Buffer): Sound[]
  /** How many bytes have been used up, and what is needed to go on after them. */
  place(): { bytes: number; state: unknown }
  /** The cues of what has been read since the last time; of files that need them. */
  takeCues?(): RecordingCue[]
}

/** The file is not what it says, or of a kind that is not read; the message says which. */
export class UnreadableSound extends Error {}
