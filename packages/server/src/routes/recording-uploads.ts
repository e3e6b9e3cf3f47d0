import { Readable } from 'node:stream'
import { type Recording, type RecordingContentType, VoxtraceError } from '@voxtrace/model'
import { mlflow, recordingContentType, recordingQuery, recordingToJson } from '@voxtrace/protocol'
import type { Store } from '@voxtrace/store'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Waveforms } from '../sound/waveforms.ts'
import { keyOf, recordingsPath } from './recordings.ts'

/** How much of a body is stored at a time. */
const pieceBytes = 1024 * 1024

const chunkQuery = recordingQuery.extend({
  offset: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
  complete: z.enum(['true', 'false']).default('false'),
})

/** Attaching sound to traces, whole or as it comes. */
export function recordingUploadRoutes(
  app: FastifyInstance,
  { store, waveforms }: { store: Store; waveforms: Waveforms },
): void {
  // Sound goes to the database as it arrives, whatever its size.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))

  app.put(`${recordingsPath}/:recording_id`, async (request) => {
    const query = mlflow.readRequest(recordingQuery, request.query)
    return receive(request, query, 0, true)
  })

  app.post(`${recordingsPath}/:recording_id/chunks`, async (request) => {
    const { offset, complete, ...query } = mlflow.readRequest(chunkQuery, request.query)
    return receive(request, query, offset, complete === 'true')
  })

  async function receive(
    request: FastifyRequest,
    query: z.output<typeof recordingQuery>,
    offset: number,
    complete: boolean,
  ) {
    const key = keyOf(request.params)
    refuseEncoding(request)
    let position = offset
    let recording: Recording | undefined
    for await (const { bytes, last } of pieces(request.body)) {
      if (position === 0) {
        const contentType = contentTypeOf(request, bytes)
        recording ??= await store.recordings.begin({
          ...key,
          contentType,
          channels: query.channels,
          startTimeUnixNano: query.start_time_unix_nano,
          offsetMs: query.offset_ms,
        })
      }
      recording = await store.recordings.append({
        ...key,
        offset: position,
        bytes,
        complete: complete && last,
      })
      position += bytes.length
    }
    if (recording === undefined) throw new Error('a body has at least one piece')
    if (recording.complete) waveforms.update(recording)
    return recordingToJson(recording)
  }
}

/** The body in pieces of about a megabyte; the last, which may be empty, is marked. */
async function* pieces(body: unknown): AsyncGenerator<{ bytes: Buffer; last: boolean }> {
  let gathered: Buffer[] = []
  let length = 0
  if (body instanceof Readable) {
    for await (const arrived of body) {
      if (length >= pieceBytes) {
        yield { bytes: Buffer.concat(gathered), last: false }
        gathered = []
        length = 0
      }
      gathered.push(arrived)
      length += arrived.length
    }
  }
  yield { bytes: Buffer.concat(gathered), last: true }
}

function refuseEncoding(request: FastifyRequest): void {
  const encoding = request.headers['content-encoding'] ?? 'identity'
  if (encoding === 'identity') return
  throw new VoxtraceError(
    'UNSUPPORTED_MEDIA_TYPE',
    `Sound is compressed already; send it without Content-Encoding: ${encoding}.`,
  )
}

/** @throws VoxtraceError UNSUPPORTED_MEDIA_TYPE when the type is none of ours, or the bytes are of another */
function contentTypeOf(request: FastifyRequest, bytes: Buffer): RecordingContentType {
  const header = request.headers['content-type']
  const type = recordingContentType(header)
  if (type === null) {
    throw new VoxtraceError(
      'UNSUPPORTED_MEDIA_TYPE',
      `Content-Type ${header ?? '(none)'} is not taken. Send audio/wav, audio/mpeg, audio/ogg (Opus) or audio/webm (Opus).`,
    )
  }
  if (bytes.length > 0 && !beginsLike(type, bytes)) {
    throw new VoxtraceError(
      'UNSUPPORTED_MEDIA_TYPE',
      `The body does not begin like ${type}. Send the bytes of the file as they are, with the Content-Type that they have.`,
    )
  }
  return type
}

const beginnings: Record<RecordingContentType, Buffer[]> = {
  'audio/wav': [Buffer.from('RIFF'), Buffer.from('RF64')],
  'audio/ogg': [Buffer.from('OggS')],
  'audio/webm': [Buffer.from([0x1a, 0x45, 0xdf, 0xa3])],
  'audio/mpeg': [
    Buffer.from('ID3'),
    ...[0xfb, 0xfa, 0xf3, 0xf2, 0xe3, 0xe2].map((byte) => Buffer.from([0xff, byte])),
  ],
}

function beginsLike(type: RecordingContentType, bytes: Buffer): boolean {
  return beginnings[type].some((beginning) => {
    const length = Math.min(bytes.length, beginning.length)
    return bytes.subarray(0, length).equals(beginning.subarray(0, length))
  })
}
