/**
 * Every error that Voxtrace answers with: its code in MLflow's REST protocol, its HTTP status, and what it
 * says. `docs/reference/errors.md` mirrors this catalogue; a code is never reused.
 */
export const errorCatalogue = {
  INVALID_PARAMETER_VALUE: 400,
  BAD_REQUEST: 400,
  RESOURCE_ALREADY_EXISTS: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  RESOURCE_DOES_NOT_EXIST: 404,
  NOT_FOUND: 404,
  ENDPOINT_NOT_FOUND: 404,
  RESOURCE_CONFLICT: 409,
  REQUEST_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  RANGE_NOT_SATISFIABLE: 416,
  UNPROCESSABLE_CONTENT: 422,
  REQUEST_LIMIT_EXCEEDED: 429,
  INTERNAL_ERROR: 500,
  NOT_IMPLEMENTED: 501,
  TEMPORARILY_UNAVAILABLE: 503,
} as const

export type ErrorCode = keyof typeof errorCatalogue

/** An error whose message is meant for the person who reads it: what was wrong and what to do. */
export class VoxtraceError extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'VoxtraceError'
    this.code = code
  }
}

/** Apart from the error, so that a client which answers nobody need not carry the catalogue. */
export function httpStatusOf({ code }: VoxtraceError): number {
  return errorCatalogue[code]
}
