import { promisify } from 'node:util'
import { gunzip, inflate, inflateRaw } from 'node:zlib'
import { VoxtraceError } from '@voxtrace/model'
import type { FastifyRequest } from 'fastify'

/** The largest body that is read into memory. */
export const largestBodyBytes = 64 * 1024 * 1024

/** What a compressed body may grow to. */
const largestInflatedBytes = 128 * 1024 * 1024

const limits = { maxOutputLength: largestInflatedBytes }

/** The JSON of a request's body, or, where there is none, the parameters of its query. */
export function jsonOf(request: FastifyRequest): unknown {
  const bytes = bytesOf(request)
  if (bytes.length === 0) return request.query
  try {
    const json: unknown = JSON.parse(bytes.toString('utf8'))
    // MLflow's clients of before 1.0 encode the body twice.
    return typeof json === 'string' ? JSON.parse(json) : json
  } catch (cause) {
    throw new VoxtraceError(
      'BAD_REQUEST',
      `The request body is not JSON: ${cause instanceof Error ? cause.message : ''}`,
      {
        cause,
      },
    )
  }
}

export function bytesOf(request: FastifyRequest): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
}

/**
 * The body with its Content-Encoding undone: identity, gzip, or deflate (with or without zlib's frame).
 *
 * @throws VoxtraceError BAD_REQUEST for other encodings and broken data, REQUEST_TOO_LARGE when it grows past the limit
 */
export async function inflated(request: FastifyRequest): Promise<Buffer> {
  const bytes = bytesOf(request)
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase()
  try {
    switch (encoding) {
      case '':
      case 'identity':
        return bytes
      case 'gzip':
      case 'x-gzip':
        return await promisify(gunzip)(bytes, limits)
      case 'deflate':
        return await (hasZlibFrame(bytes) ? promisify(inflate) : promisify(inflateRaw))(bytes, limits)
    }
  } catch (cause) {
    if (cause instanceof RangeError) {
      throw new VoxtraceError(
        'REQUEST_TOO_LARGE',
        'The decompressed body is larger than 128 MB. Send it in smaller parts.',
      )
    }
    throw new VoxtraceError('BAD_REQUEST', `Failed to decompress ${encoding} payload`, { cause })
  }
  throw new VoxtraceError('BAD_REQUEST', `Unsupported Content-Encoding: ${encoding}`)
}

/** RFC 1950: the method is 8, and the first two bytes are a multiple of 31. */
function hasZlibFrame(bytes: Buffer): boolean {
  return bytes.length >= 2 && ((bytes[0] ?? 0) & 0x0f) === 8 && bytes.readUInt16BE(0) % 31 === 0
}
