import { APIConnectionError, APIConnectionTimeoutError, APIError, APIUserAbortError } from 'openai'
import { ModelFailure } from './model-failure.ts'

export interface FailedCall {
  failure: ModelFailure
  /** How long the endpoint asked to wait. */
  retryAfterMs: number | null
  /** What the endpoint said against the request itself, which a smaller offer may satisfy. */
  refusal: string | null
}

/** Reads what went wrong in a call of the endpoint at `baseUrl`. A call that was aborted ran out of time. */
export function failureOf(error: unknown, baseUrl: string): FailedCall {
  if (error instanceof ModelFailure) return { failure: error, retryAfterMs: null, refusal: null }
  if (error instanceof APIConnectionTimeoutError || error instanceof APIUserAbortError || isTimeout(error)) {
    return failed('MODEL_TIMEOUT', `The model endpoint ${baseUrl} did not answer in time.`, true, error)
  }
  if (error instanceof APIConnectionError) {
    return failed(
      'MODEL_UNREACHABLE',
      `The model endpoint ${baseUrl} cannot be reached: ${rootMessage(error)}. Check the base URL and that it is running.`,
      true,
      error,
    )
  }
  if (error instanceof APIError && error.status !== undefined) return ofStatus(error, error.status, baseUrl)
  return failed(
    'INVALID_ANSWER',
    `The model endpoint ${baseUrl} answered with something unreadable: ${rootMessage(error)}.`,
    true,
    error,
  )
}

function ofStatus(error: APIError, status: number, baseUrl: string): FailedCall {
  const said = error.message.replace(/^\d+\s*/u, '').slice(0, 500)
  const where = `The model endpoint ${baseUrl}`
  if (status === 401 || status === 403) {
    return failed(
      'UNAUTHENTICATED',
      `${where} refused the key (${status}): ${said}. Set a valid API key.`,
      false,
      error,
    )
  }
  if (status === 404) {
    return failed(
      'MODEL_NOT_FOUND',
      `${where} does not know the model or the path (404): ${said}.`,
      false,
      error,
    )
  }
  if (status === 429 && /insufficient_quota|billing/u.test(`${error.code} ${error.type} ${said}`)) {
    return failed('QUOTA_EXCEEDED', `${where} says that the quota is used up (429): ${said}.`, false, error)
  }
  if (status === 429) {
    const call = failed('RATE_LIMITED', `${where} limits the rate of requests (429): ${said}.`, true, error)
    return { ...call, retryAfterMs: retryAfterMs(error) }
  }
  if (status >= 500 || status === 408 || status === 409) {
    const call = failed('MODEL_UNAVAILABLE', `${where} failed (${status}): ${said}.`, true, error)
    return { ...call, retryAfterMs: retryAfterMs(error) }
  }
  return {
    ...failed('INVALID_REQUEST', `${where} refused the request (${status}): ${said}.`, false, error),
    refusal: `${error.param ?? ''} ${said}`,
  }
}

function failed(code: string, message: string, transient: boolean, cause: unknown): FailedCall {
  return { failure: new ModelFailure(code, message, { transient, cause }), retryAfterMs: null, refusal: null }
}

/** From `retry-after-ms` or `Retry-After`, which is in seconds or an HTTP date. */
function retryAfterMs(error: APIError): number | null {
  const milliseconds = Number.parseFloat(error.headers?.get('retry-after-ms') ?? '')
  if (milliseconds >= 0) return milliseconds
  const header = error.headers?.get('retry-after') ?? ''
  const seconds = Number(header)
  if (header !== '' && seconds >= 0) return seconds * 1000
  const date = Date.parse(header)
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now())
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'TimeoutError'
}

function rootMessage(error: unknown): string {
  let root = error
  while (root instanceof Error && root.cause instanceof Error) root = root.cause
  return (root instanceof Error ? root.message : String(root)).replace(/\.$/u, '')
}
