/** Why the model gave no judgement, in words for the person who reads the assessment. */
export class ModelFailure extends Error {
  /** Such as `RATE_LIMITED`. */
  readonly code: string
  /** The same call may succeed later. */
  readonly transient: boolean

  constructor(code: string, message: string, options: { transient: boolean; cause?: unknown }) {
    super(message, { cause: options.cause })
    this.name = 'ModelFailure'
    this.code = code
    this.transient = options.transient
  }
}
