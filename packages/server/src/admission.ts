import { VoxtraceError } from '@voxtrace/model'

/**
 * Bounds the memory that requests take which wait for the database: what is under way at once may have so many bytes, and
 * who comes on top is asked to come back. One request alone is always let in.
 */
export class Admission {
  readonly #largest: number
  #bytes = 0

  constructor(largestBytes: number) {
    this.#largest = largestBytes
  }

  /** Lets a request in, to be let `go` once. @throws VoxtraceError REQUEST_LIMIT_EXCEEDED */
  admit(bytes: number): Admitted {
    const change = (by: number) => {
      if (by > 0 && this.#bytes > 0 && this.#bytes + by > this.#largest) {
        throw new VoxtraceError(
          'REQUEST_LIMIT_EXCEEDED',
          'Too many spans are on their way in. Send them again in a second.',
        )
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
