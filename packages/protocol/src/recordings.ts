import {
  type Recording,
  type RecordingChannel,
  type RecordingContentType,
  recordingChannels,
} from '@voxtrace/model'
import { z } from 'zod'

/** A recording in JSON: its start is a decimal string of nanoseconds, all else as in `Recording`. */
export type RecordingJson = Omit<Recording, 'startTimeUnixNano'> & { startTimeUnixNano: string }

export function recordingToJson(recording: Recording): RecordingJson {
  return { ...recording, startTimeUnixNano: recording.startTimeUnixNano.toString() }
}

export function recordingFromJson(json: RecordingJson): Recording {
  return { ...json, startTimeUnixNano: BigInt(json.startTimeUnixNano) }
}

/**
 * The envelope of a recording's sound, `GET …/waveform`. Of each bucket and channel three bytes: the lowest and the
 * highest sample (signed, 127 is full scale) and the root mean square (unsigned, 255 is full scale), channels in turn.
 */
export interface WaveformJson {
  /** Milliseconds of sound in one bucket. */
  bucketMs: number
  /** The first bucket that is answered; it begins at `firstBucket * bucketMs` milliseconds of the recording. */
  firstBucket: number
  buckets: number
  channels: RecordingChannel[]
  /** Milliseconds of sound that have been read so far. */
  readMs: number
  /** Whether all that has been stored has been read; ask again while it is not. */
  upToDate: boolean
  /** Why the sound cannot be read any further, if it cannot. */
  problem: string | null
  /** base64 of `buckets * channels.length * 3` bytes. */
  data: string
}

/** Nanoseconds since the epoch as decimal text, up to the year 2255. */
const unixNano = z
  .string()
  .regex(/^[0-8]?\d{1,18}$/, 'it must be a whole number of nanoseconds since the epoch')
  .transform(BigInt)

const channelNames = z.array(z.enum(recordingChannels)).min(1).max(8)

/** What a recording is, as the query of a request tells it. */
export const recordingQuery = z.object({
  start_time_unix_nano: unixNano.optional(),
  offset_ms: z.coerce.number().min(-86_400_000).max(86_400_000).default(0),
  channels: z
    .string()
    .transform((names) => names.split(','))
    .pipe(channelNames)
    .optional(),
})

/** What may be corrected of a recording. */
export const recordingCorrection = z.object({
  startTimeUnixNano: unixNano.optional(),
  channels: channelNames.optional(),
})

const otherNames: Record<string, RecordingContentType> = {
  'audio/wav': 'audio/wav',
  'audio/x-wav': 'audio/wav',
  'audio/wave': 'audio/wav',
  'audio/vnd.wave': 'audio/wav',
  'audio/mpeg': 'audio/mpeg',
  'audio/mp3': 'audio/mpeg',
  'audio/ogg': 'audio/ogg',
  'audio/opus': 'audio/ogg',
  'application/ogg': 'audio/ogg',
  'audio/webm': 'audio/webm',
  'video/webm': 'audio/webm',
}

/** The form of audio that a `Content-Type` names, under any of its usual names; null for others. */
export function recordingContentType(header: string | undefined): RecordingContentType | null {
  return otherNames[header?.split(';')[0]?.trim().toLowerCase() ?? ''] ?? null
}
