import {
  type Recording,
  type RecordingChannel,
  recordingChannels,
  recordingContentTypes,
} from '@voxtrace/model'
import * as z from 'zod/mini'
import { getJson } from './request.ts'

const nanoseconds = z.pipe(
  z.string(),
  z.transform((text) => BigInt(text)),
)

const recording: z.ZodMiniType<Recording> = z.object({
  traceId: z.string(),
  recordingId: z.string(),
  contentType: z.enum(recordingContentTypes),
  channels: z.array(z.enum(recordingChannels)),
  startTimeUnixNano: nanoseconds,
  sizeBytes: z.number(),
  complete: z.boolean(),
  durationMs: z.nullable(z.number()),
  cues: z.number(),
  createTimeMs: z.number(),
  lastUpdateTimeMs: z.number(),
})

/** A stretch of a recording's envelope; see `WaveformJson` for its bytes. */
export interface EnvelopeStretch {
  bucketMs: number
  firstBucket: number
  buckets: number
  channels: RecordingChannel[]
  /** How much of the recording has been read so far. */
  readMs: number
  upToDate: boolean
  problem: string | null
  data: Uint8Array
}

const bytes = z.pipe(
  z.string(),
  z.transform((text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))),
)

const envelope: z.ZodMiniType<EnvelopeStretch> = z.object({
  bucketMs: z.number(),
  firstBucket: z.number(),
  buckets: z.number(),
  channels: z.array(z.enum(recordingChannels)),
  readMs: z.number(),
  upToDate: z.boolean(),
  problem: z.nullable(z.string()),
  data: bytes,
})

const recordings = z.object({ recordings: z.array(recording) })

function pathOf(traceId: string): string {
  return `/api/voxtrace/traces/${encodeURIComponent(traceId)}/recordings`
}

/** The sound attached to a trace, earliest first. */
export async function listRecordings(traceId: string, signal?: AbortSignal): Promise<Recording[]> {
  return (await getJson(pathOf(traceId), recordings, signal)).recordings
}

/** Where the sound itself is found, as it was sent, at the size that is known now. */
export function audioUrl({ traceId, recordingId, sizeBytes }: Recording): string {
  return `${pathOf(traceId)}/${recordingId}/audio?size=${sizeBytes}`
}

/** The same sound for a player: with its cues, where it has any, so that a moment is found at once. */
export function playableUrl(recording: Recording): string {
  const { cues } = recording
  return audioUrl(recording) + (cues > 0 ? `&cues=${cues}` : '')
}

/** Whether the server has the sound still; `away` when it does not answer. */
export async function whereAudioIs(recording: Recording): Promise<'there' | 'gone' | 'away'> {
  try {
    const { ok, status } = await fetch(audioUrl(recording), { method: 'HEAD' })
    return ok ? 'there' : status === 404 ? 'gone' : 'away'
  } catch {
    return 'away'
  }
}

/** Where a stretch of the sound is found as a WAV file; times are of the recording. */
export function clipUrl({ traceId, recordingId }: Recording, fromMs: number, toMs: number): string {
  return `${pathOf(traceId)}/${recordingId}/clip?from_ms=${fromMs.toFixed(0)}&to_ms=${toMs.toFixed(0)}`
}

/** The envelope between two moments of a recording. */
export function getEnvelope(
  { traceId, recordingId }: Recording,
  { bucketMs, fromMs, toMs }: { bucketMs: number; fromMs: number; toMs: number },
  signal?: AbortSignal,
): Promise<EnvelopeStretch> {
  const query = `bucket_ms=${bucketMs}&from_ms=${fromMs.toFixed(0)}&to_ms=${toMs.toFixed(0)}`
  return getJson(`${pathOf(traceId)}/${recordingId}/waveform?${query}`, envelope, signal)
}
