import type { RecordingContentType } from '@voxtrace/model'
import type { z } from 'zod'
import { Mp3Reader } from './mp3.ts'
import { OggOpusReader } from './ogg-opus.ts'
import { WavReader } from './wav.ts'
import { WebmOpusReader } from './webm-opus.ts'

/** Sound that begins at sample `at` of its recording; each channel's samples lie between -1 and 1. */
export interface Sound {
  at: number
  /** Samples a second. */
  rate: number
  channels: Float32Array[]
}

/** A place in the bytes of a file at which it can be taken up, and the time there as the file counts it. */
export interface Cue {
  byte: number
  time: number
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
  takeCues?(): Cue[]
}

/** The file is not what it says, or of a kind that is not read; the message says which. */
export class UnreadableSound extends Error {}

export function soundReader(contentType: RecordingContentType, bytes: number, state: unknown): SoundReader {
  switch (contentType) {
    case 'audio/wav':
      return new WavReader(bytes, stateOf(WavReader.state, state))
    case 'audio/ogg':
      return new OggOpusReader(bytes, stateOf(OggOpusReader.state, state))
    case 'audio/webm':
      return new WebmOpusReader(bytes, stateOf(WebmOpusReader.state, state))
    case 'audio/mpeg':
      return new Mp3Reader(bytes, stateOf(Mp3Reader.state, state))
  }
}

function stateOf<Schema extends z.ZodType>(schema: Schema, state: unknown): z.output<Schema> | null {
  return state === null ? null : schema.parse(state)
}
