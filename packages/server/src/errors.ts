import { type ErrorCode, httpStatusOf, type Log, VoxtraceError } from '@voxtrace/model'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'

/** Fastify's own errors, in the words of ours. */
const frameworkCodes: Record<string, ErrorCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'REQUEST_TOO_LARGE',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'BAD_REQUEST',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'UNSUPPORTED_MEDIA_TYPE',
}

/** Any error as one that may be answered; what is not expected is logged and says no more than that. */
export function answerable(error: unknown, log: Log, request: FastifyRequest): VoxtraceError {
  if (error instanceof VoxtraceError) {
    if (httpStatusOf(error) >= 500) log.warn(error.message, { path: request.url, code: error.code })
    return error
  }
  const code = error instanceof Error && 'code' in error ? frameworkCodes[String(error.code)] : undefined
  if (code === 'REQUEST_TOO_LARGE') {
    return new VoxtraceError(code, 'The request body is larger than 64 MB. Send it in smaller parts.')
  }
  if (error instanceof Error && code !== undefined)
    return new VoxtraceError(code, error.message, { cause: error })
  if (isFastifyError(error) && error.statusCode !== undefined && error.statusCode < 500) {
    return new VoxtraceError('BAD_REQUEST', error.message, { cause: error })
  }
  const reason = error instanceof Error ? (error.stack ?? error.message) : String(error)
  log.error('a request failed unexpectedly', { method: request.method, path: request.url, reason })
  return new VoxtraceError('INTERNAL_ERROR', 'The server met an unexpected error; its log tells more.', {
    cause: error,
  })
}

function isFastifyError(error: unknown): error is FastifyError {
  return error instanceof Error && 'statusCode' in error && 'code' in error
}

/** Answers an error as MLflow does: `{"error_code", "message"}`. */
export function answerError(log: Log) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const known = answerable(error, log, request)
    retryAfter(known, reply)
    return reply.code(httpStatusOf(known)).send({ error_code: known.code, message: known.message })
  }
}

/** Tells clients when to come back after an answer that asks them to. */
export function retryAfter(error: VoxtraceError, reply: FastifyReply): void {
  if (error.code === 'TEMPORARILY_UNAVAILABLE') reply.header('retry-after', '5')
  if (error.code === 'REQUEST_LIMIT_EXCEEDED') reply.header('retry-after', '1')
}

/** MLflow's clients take a 404 that is not JSON for "this server has no such endpoint" and fall back to older ones. */
export function answerUnknownPath(request: FastifyRequest, reply: FastifyReply) {
  return reply
    .code(404)
    .type('text/plain; charset=utf-8')
    .send(`There is nothing at ${request.method} ${request.url.split('?')[0]}.`)
}
