import type { RecordingContentType } from '@voxtrace/model'
import type { z } from 'zod'
import { Mp3Reader } from './mp3.ts'
import { OggOpusReader } from './ogg-opus.ts'
import type { SoundReader } from './sound-reader.ts'
import { WavReader } from './wav.ts'
import { WebmOpusReader } from './webm-opus.ts'

/** The reader of a kind of file, that goes on after `bytes` bytes with `state`; null to begin. */
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
