import * as z from 'zod/mini'
import { takeAhead } from './read-ahead.ts'

/** What went wrong, told apart by what the reader can do about it. */
export type FailureKind = 'offline' | 'refused' | 'not-found' | 'failed' | 'unreadable'

/** A request to the server that did not bring what was asked for. The message is meant for the reader. */
export class RequestFailure extends Error {
  readonly kind: FailureKind
  readonly status: number | null

  constructor(kind: FailureKind, message: string, status: number | null, options?: ErrorOptions) {
    super(message, options)
    this.name = 'RequestFailure'
    this.kind = kind
    this.status = status
  }
}

/** Whatever turns unknown JSON into a `T` or throws; a zod schema is one. */
export interface Reader<T> {
  parse(value: unknown): T
}

const errorBody = z.object({ error_code: z.optional(z.string()), message: z.string() })

/** GET `path` and read the JSON it answers. Throws `RequestFailure`. */
export function getJson<T>(path: string, reader: Reader<T>, signal?: AbortSignal): Promise<T> {
  return requestJson(path, { method: 'GET', ...(signal && { signal }) }, reader)
}

/** POST `body` as JSON to `path` and read the JSON it answers. Throws `RequestFailure`. */
export function postJson<T>(
  path: string,
  body: unknown,
  reader: Reader<T>,
  signal?: AbortSignal,
): Promise<T> {
  return sendJson('POST', path, body, reader, signal)
}

/** Whether the server answers at all, be it with an error. Never throws unless aborted. */
export async function serverAnswers(signal: AbortSignal): Promise<boolean> {
  try {
    const { status } = await fetch('/health', { cache: 'no-store', signal })
    return !answersOfProxies.has(status)
  } catch (error) {
    if (signal.aborted) throw error
    return false
  }
}

/** Send `body` as JSON to `path` and read the JSON it answers. Throws `RequestFailure`. */
export function sendJson<T>(
  method: 'POST' | 'PATCH' | 'DELETE',
  path: string,
  body: unknown,
  reader: Reader<T>,
  signal?: AbortSignal,
): Promise<T> {
  return requestJson(
    path,
    {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      ...(signal && { signal }),
    },
    reader,
  )
}

async function requestJson<T>(path: string, init: RequestInit, reader: Reader<T>): Promise<T> {
  const response = await send(path, init)
  const text = await response.text()
  if (!response.ok) throw failureOf(response.status, text)
  try {
    return reader.parse(JSON.parse(text))
  } catch (error) {
    throw new RequestFailure(
      'unreadable',
      `The server answered ${path} with something this page does not understand. Reload the page; if it stays, the server and the page may be of different versions.`,
      response.status,
      { cause: error },
    )
  }
}

async function send(path: string, init: RequestInit): Promise<Response> {
  try {
    const ahead = init.method === 'GET' ? takeAhead(path) : undefined
    return await (ahead ?? fetch(path, init))
  } catch (error) {
    if (init.signal?.aborted) throw error
    throw new RequestFailure('offline', 'The Voxtrace server does not answer. Is it running?', null, {
      cause: error,
    })
  }
}

/** What a proxy answers in the place of a server that does not. */
const answersOfProxies = new Set([502, 503, 504])

function failureOf(status: number, text: string): RequestFailure {
  const message = messageOf(text)
  if (message === null && answersOfProxies.has(status)) {
    const said = `The Voxtrace server does not answer: what stands before it says ${status}. Is it running?`
    return new RequestFailure('offline', said, status)
  }
  if (status === 404)
    return new RequestFailure('not-found', message ?? 'There is no such thing here.', status)
  if (status >= 400 && status < 500) {
    return new RequestFailure('refused', message ?? `The server refused the request (${status}).`, status)
  }
  return new RequestFailure('failed', message ?? `The server failed to answer (${status}).`, status)
}

function messageOf(text: string): string | null {
  try {
    const read = errorBody.safeParse(JSON.parse(text))
    return read.success ? read.data.message : null
  } catch {
    return null
  }
}
