import { VoxtraceError } from '@voxtrace/model'
import type { FastifyRequest } from 'fastify'
import { largestBodyBytes } from './bodies.ts'

/**
 * Bounds the memory that requests take which wait for the database: what is under way at once may have so many bytes, and
 * who comes on top is asked to come back. One request alone is always let in.
 */
export class Admission {
  readonly #largest: number
  readonly #refusal: string
  #bytes = 0

  /** @param refusal what is answered to who comes on top */
  constructor(largestBytes: number, refusal: string) {
    this.#largest = largestBytes
    this.#refusal = refusal
  }

  /** Lets a request in, to be let `go` once. @throws VoxtraceError REQUEST_LIMIT_EXCEEDED */
  admit(bytes: number): Admitted {
    const change = (by: number) => {
      if (by > 0 && this.#bytes > 0 && this.#bytes + by > this.#largest) {
        throw new VoxtraceError('REQUEST_LIMIT_EXCEEDED', this.#refusal)
      }
      this.#bytes += by
    }
    change(bytes)
    let held = bytes
    return {
      resize: (size) => {
        change(size - held)
        held = size
      },
      go: () => {
        this.#bytes -= held
        held = 0
      },
    }
  }
}

export interface Admitted {
  /** Says how large the request is, once that is known. @throws VoxtraceError REQUEST_LIMIT_EXCEEDED */
  resize(bytes: number): void
  /** Gives the bytes back. Idempotent. */
  go(): void
}

/** What a body without Content-Length is taken for until it has been read. */
const unknownBytes = 4 * 1024 * 1024
/** What a request takes at least. */
const requestBytes = 16 * 1024

/** How large a request is, as far as its head tells. */
export function announcedBytes({ headers }: FastifyRequest): number {
  const length = Number(headers['content-length'] ?? (headers['transfer-encoding'] === undefined ? 0 : NaN))
  return Number.isFinite(length) ? Math.min(Math.max(length, requestBytes), largestBodyBytes) : unknownBytes
}
