import type { HttpResponse } from './http.ts'

/**
 * How an attempt to deliver ended. `retry`: the server cannot now, or no answer came. `refused`: it never will take
 * this.
 */
export type Outcome =
  | { kind: 'delivered' }
  | { kind: 'retry'; reason: string; waitMs: number | null; status: number | null }
  /** `missing`: it speaks of something that the server does not have. */
  | { kind: 'refused'; reason: string; missing: boolean }

/** Thrown inside an operation that takes several requests, when one of them ends it. */
export class Undelivered extends Error {
  readonly outcome: Exclude<Outcome, { kind: 'delivered' }>

  constructor(outcome: Exclude<Outcome, { kind: 'delivered' }>) {
    super(outcome.reason)
    this.outcome = outcome
  }
}

/** The longest pause a server may ask for. */
const maxRetryAfterMs = 60_000
const refusedStatuses = new Set([400, 405, 409, 410, 411, 413, 414, 415, 422, 501])

/**
 * What an answer means. 401, 403 and an unknown path are taken for a server that is not set up yet, and tried again;
 * so is every answer in the 5xx but 501.
 */
export function outcomeOf(response: HttpResponse): Outcome {
  const { status } = response
  if (status >= 200 && status < 300) return { kind: 'delivered' }
  const reason = `HTTP ${status}${messageOf(response)}`
  const code = errorCode(response)
  if (refusedStatuses.has(status) || (status === 404 && code !== null)) {
    return { kind: 'refused', reason, missing: code === 'RESOURCE_DOES_NOT_EXIST' }
  }
  return { kind: 'retry', reason, waitMs: retryAfterMs(response.headers['retry-after'], Date.now()), status }
}

/** The code of MLflow's error answer, such as `RESOURCE_DOES_NOT_EXIST`; null when the answer is not one. */
export function errorCode(response: HttpResponse): string | null {
  const body = parseObject(response.body)
  return typeof body?.error_code === 'string' ? body.error_code : null
}

/** The object that a JSON text holds; null when it is not JSON or not an object. */
export function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** `Retry-After` in milliseconds, from seconds or a date (RFC 9110, 10.2.3); null when absent or unreadable. */
export function retryAfterMs(header: string | string[] | undefined, nowMs: number): number | null {
  const value = Array.isArray(header) ? header[0] : header
  if (value === undefined || value.trim() === '') return null
  const seconds = Number(value)
  const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - nowMs
  return Number.isNaN(wait) ? null : Math.min(Math.max(0, wait), maxRetryAfterMs)
}

function messageOf(response: HttpResponse): string {
  const body = parseObject(response.body)
  const message = body?.message ?? body?.detail
  const text = typeof message === 'string' ? message : response.body
  return text === '' ? '' : `: ${text.slice(0, 300)}`
}
