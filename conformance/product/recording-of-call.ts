import type { Span } from '@voxtrace/model'
import { z } from 'zod'

const WAV_HEADER_BYTES = 44

const recordings = z.object({
  recordings: z.array(
    z.object({
      recordingId: z.string(),
      contentType: z.string(),
      channels: z.array(z.string()),
      complete: z.boolean(),
      startTimeUnixNano: z.string(),
    }),
  ),
})

export type RecordingOfCall = z.output<typeof recordings>['recordings'][number]

export async function recordingsOf(url: string, traceId: string): Promise<RecordingOfCall[]> {
  const response = await fetch(`${url}/api/voxtrace/traces/${traceId}/recordings`)
  return recordings.parse(await response.json()).recordings
}

/** How loud each side was while a span lasted: the root mean square of 16-bit samples. */
export async function loudnessDuring(
  url: string,
  traceId: string,
  recording: RecordingOfCall,
  span: Span,
): Promise<{ user: number; agent: number }> {
  const since = (nanoseconds: bigint) => Number(nanoseconds - BigInt(recording.startTimeUnixNano)) / 1e6
  const query = new URLSearchParams({
    from_ms: String(since(span.startTimeUnixNano)),
    to_ms: String(since(span.endTimeUnixNano ?? span.startTimeUnixNano)),
  })
  const response = await fetch(
    `${url}/api/voxtrace/traces/${traceId}/recordings/${recording.recordingId}/clip?${query}`,
  )
  if (!response.ok) throw new Error(`the clip of ${span.name}: ${response.status} ${await response.text()}`)
  const wav = Buffer.from(await response.arrayBuffer())
  const channels = wav.readUInt16LE(22)
  const side = (channel: number) => {
    let sum = 0
    let count = 0
    for (let at = WAV_HEADER_BYTES + 2 * channel; at + 1 < wav.length; at += 2 * channels) {
      sum += wav.readInt16LE(at) ** 2
      count += 1
    }
    return Math.sqrt(sum / count)
  }
  return { user: side(0), agent: side(1) }
}
