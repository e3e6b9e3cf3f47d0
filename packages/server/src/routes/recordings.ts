import { Readable } from 'node:stream'
import { type Recording, type RecordingContentType, VoxtraceError } from '@voxtrace/model'
import { mlflow, recordingCorrection, recordingToJson } from '@voxtrace/protocol'
import type { Store } from '@voxtrace/store'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { jsonOf } from '../bodies.ts'
import { byteRange } from '../byte-range.ts'
import type { Waveforms } from '../sound/waveforms.ts'
import { headWithCues } from '../sound/webm-cues.ts'

const recordingId = z
  .string()
  .regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/, 'It must be 1 to 64 letters, digits, "-", "_" and "."')
const traceParameters = z.object({ trace_id: z.string().min(1).max(200) })
const recordingParameters = traceParameters.extend({ recording_id: recordingId })
export const recordingsPath = '/api/voxtrace/traces/:trace_id/recordings'

const audioQuery = z.object({
  size: z.coerce.number().int().min(0).optional(),
  cues: z.coerce.number().int().min(0).default(0),
})
const waveformQuery = z.object({
  bucket_ms: z.coerce.number().min(1).max(60_000).default(10),
  from_ms: z.coerce.number().min(0).max(1e9).default(0),
  to_ms: z.coerce.number().min(0).max(1e9).default(1e9),
})

const longestClipMs = 3_600_000
const clipQuery = z
  .object({ from_ms: z.coerce.number().min(0).max(1e9), to_ms: z.coerce.number().min(0).max(1e9) })
  .refine(({ from_ms, to_ms }) => to_ms > from_ms && to_ms - from_ms <= longestClipMs, {
    path: ['to_ms'],
    message: 'It must be after from_ms, by an hour at most',
  })

const fileEnding: Record<RecordingContentType, string> = {
  'audio/wav': 'wav',
  'audio/mpeg': 'mp3',
  'audio/ogg': 'ogg',
  'audio/webm': 'webm',
}

/** The recording that a request's path names. */
export function keyOf(params: unknown): { traceId: string; recordingId: string } {
  const { trace_id, recording_id } = mlflow.readRequest(recordingParameters, params)
  return { traceId: trace_id, recordingId: recording_id }
}

/** Reading, correcting and deleting the sound of traces. */
export function recordingRoutes(
  app: FastifyInstance,
  { store, waveforms }: { store: Store; waveforms: Waveforms },
): void {
  app.get(recordingsPath, async (request) => {
    const { trace_id } = mlflow.readRequest(traceParameters, request.params)
    return { recordings: (await store.recordings.ofTrace(trace_id)).map(recordingToJson) }
  })

  const one = `${recordingsPath}/:recording_id`

  app.get(one, async (request) => recordingToJson(await store.recordings.get(keyOf(request.params))))

  app.patch(one, async (request) => {
    const change = mlflow.readRequest(recordingCorrection, jsonOf(request))
    return recordingToJson(await store.recordings.correct(keyOf(request.params), change))
  })

  app.delete(one, async (request) => {
    await store.recordings.delete(keyOf(request.params))
    return {}
  })

  app.get(`${one}/waveform`, async (request) => {
    const { bucket_ms, from_ms, to_ms } = mlflow.readRequest(waveformQuery, request.query)
    const recording = await store.recordings.get(keyOf(request.params))
    return waveforms.answer(recording, bucket_ms, from_ms, to_ms)
  })

  app.get(`${one}/clip`, { exposeHeadRoute: false }, async (request, reply) => {
    const { from_ms, to_ms } = mlflow.readRequest(clipQuery, request.query)
    const recording = await store.recordings.get(keyOf(request.params))
    const pieces = waveforms.clip(recording, from_ms, to_ms)
    // What is wrong shows with the first piece, before anything is answered.
    const first = await pieces.next()
    const name = `${recording.recordingId}-${Math.round(from_ms)}-${Math.round(to_ms)}.wav`
    return reply
      .type('audio/wav')
      .header('content-disposition', `attachment; filename="${name}"`)
      .header('x-content-type-options', 'nosniff')
      .send(Readable.from(withFirst(first, pieces)))
  })

  app.get(`${one}/audio`, async (request, reply) => {
    const recording = await store.recordings.get(keyOf(request.params))
    const { size: wanted = recording.sizeBytes, cues } = mlflow.readRequest(audioQuery, request.query)
    const sizeBytes = Math.min(wanted, recording.sizeBytes)
    const { head, from: follows } = await headWith(store, recording, cues)
    const size = head.length + Math.max(0, sizeBytes - follows)
    // Bytes and cues are only ever appended, so those of one size and count never change.
    const tag = `"${recording.createTimeMs}-${sizeBytes}-${cues}"`
    const range = byteRange(request.headers.range, request.raw.headersDistinct['if-range']?.[0], tag, size)
    reply
      .type(recording.contentType)
      .header('accept-ranges', 'bytes')
      .header('etag', tag)
      .header('cache-control', 'private, no-cache')
      .header('x-content-type-options', 'nosniff')
      .header(
        'content-disposition',
        `inline; filename="${recording.recordingId}.${fileEnding[recording.contentType]}"`,
      )
    if (range === 'unsatisfiable') {
      reply.header('content-range', `bytes */${size}`)
      throw new VoxtraceError(
        'RANGE_NOT_SATISFIABLE',
        `Recording ${recording.recordingId} has ${size} bytes; the range ${request.headers.range} lies beyond.`,
      )
    }
    if (request.headers['if-none-match'] === tag && range === null) return reply.code(304).send()
    const { from, to } = range ?? { from: 0, to: size }
    if (range !== null) reply.code(206).header('content-range', `bytes ${from}-${to - 1}/${size}`)
    reply.header('content-length', to - from)
    if (request.method === 'HEAD') return reply.send(Readable.from([]))
    return reply.send(Readable.from(inFull(bytes(from, to), to - from)))

    async function* bytes(from: number, to: number): AsyncGenerator<Buffer> {
      if (from < head.length) yield head.subarray(from, to)
      const shift = follows - head.length
      yield* store.recordings.read(recording, Math.max(follows, from + shift), to + shift)
    }
  })
}

/**
 * What comes in the place of the bytes of a recording before `from`: with cues, a head with so many of them.
 *
 * @throws VoxtraceError RESOURCE_CONFLICT when fewer cues are known
 */
async function headWith(
  store: Store,
  recording: Recording,
  count: number,
): Promise<{ head: Buffer; from: number }> {
  if (count === 0) return { head: Buffer.alloc(0), from: 0 }
  const cues = await store.recordingEnvelopes.cues(recording, count)
  const [first] = cues
  if (first === undefined || cues.length < count) {
    throw new VoxtraceError(
      'RESOURCE_CONFLICT',
      `Recording ${recording.recordingId} has ${cues.length} cues so far, fewer than cues=${count}. Leave it out for the bytes as they were sent.`,
    )
  }
  const before: Buffer[] = []
  for await (const piece of store.recordings.read(recording, 0, first.byte)) before.push(piece)
  return { head: headWithCues(Buffer.concat(before), cues), from: first.byte }
}

/** Fails where a recording is deleted while it is read, so that the reader does not take the rest for silence. */
async function* inFull(pieces: AsyncIterable<Buffer>, length: number): AsyncGenerator<Buffer> {
  let sent = 0
  for await (const piece of pieces) {
    sent += piece.length
    yield piece
  }
  if (sent < length) throw new Error('the recording ended before its size')
}

async function* withFirst(
  first: IteratorResult<Buffer>,
  rest: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  if (!first.done) yield first.value
  yield* rest
}
