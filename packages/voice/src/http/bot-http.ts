import { httpStatusOf, type Log, VoxtraceError } from '@voxtrace/model'
import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify'
import { z } from 'zod'
import { type Calls, candidatesRequest, offerRequest } from '../transport/calls.ts'
import { type AllowedOrigins, isAllowedOrigin } from './origin.ts'

/** An offer with many candidates has about 10 kB. */
const MAX_BODY_BYTES = 256 * 1024

export interface BotHttpOptions {
  calls: Calls
  /** What GET /status answers. */
  status(): unknown
  host: string
  /** 0 takes a free port. */
  port: number
  /** Origins beside loopback ones whose pages may call, such as `https://app.example.com`. */
  allowedOrigins: AllowedOrigins
  log: Log
}

export interface BotHttp {
  /** Such as `http://127.0.0.1:41234`. */
  readonly url: string
  close(): Promise<void>
}

/** Serves `POST` and `PATCH /api/offer` and `GET /status`. Errors: the port is taken or may not be opened. */
export async function startBotHttp(options: BotHttpOptions): Promise<BotHttp> {
  const app = fastify({ bodyLimit: MAX_BODY_BYTES, forceCloseConnections: true })
  app.addHook('onRequest', async (request, reply) => answerOrigin(request, reply, options.allowedOrigins))
  app.setErrorHandler((error: FastifyError, request, reply) =>
    answerError(error, request, reply, options.log),
  )
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send({
      error: 'ENDPOINT_NOT_FOUND',
      message: `${request.method} ${request.url} does not exist. The bot has POST and PATCH /api/offer and GET /status.`,
    }),
  )
  app.post('/api/offer', async (request) => await options.calls.offer(parse(offerRequest, request.body)))
  app.patch('/api/offer', async (request) => {
    await options.calls.addCandidates(parse(candidatesRequest, request.body))
    return { status: 'success' }
  })
  app.get('/status', async () => options.status())
  await app.listen({ host: options.host, port: options.port })
  let closing: Promise<void> | undefined
  return {
    url: urlOf(app),
    close() {
      closing ??= app.close()
      return closing
    },
  }
}

function parse<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  throw new VoxtraceError(
    'INVALID_PARAMETER_VALUE',
    `The body of the request is not what /api/offer takes: ${z.prettifyError(parsed.error).replaceAll('\n', ' ')}`,
  )
}

/** Lets pages of allowed origins call, and keeps others from making this machine's bot answer them. */
async function answerOrigin(
  request: FastifyRequest,
  reply: FastifyReply,
  allowed: AllowedOrigins,
): Promise<void> {
  const { origin } = request.headers
  if (origin === undefined) return
  reply.header('vary', 'origin')
  if (!isAllowedOrigin(origin, request.headers.host, allowed)) {
    throw new VoxtraceError(
      'PERMISSION_DENIED',
      `Pages of ${origin} may not call this bot. Add the origin to the bot's allowed origins to let them.`,
    )
  }
  reply.header('access-control-allow-origin', origin)
  if (request.method !== 'OPTIONS') return
  reply.header('access-control-allow-methods', 'GET, POST, PATCH')
  reply.header(
    'access-control-allow-headers',
    request.headers['access-control-request-headers'] ?? 'content-type',
  )
  reply.header('access-control-max-age', '600')
  await reply.code(204).send()
}

function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply, log: Log): void {
  if (error instanceof VoxtraceError) {
    reply.code(httpStatusOf(error)).send({ error: error.code, message: error.message })
    return
  }
  if (error.statusCode !== undefined && error.statusCode < 500) {
    const code =
      error.statusCode === 413
        ? 'REQUEST_TOO_LARGE'
        : error.statusCode === 415
          ? 'UNSUPPORTED_MEDIA_TYPE'
          : 'BAD_REQUEST'
    reply.code(error.statusCode).send({ error: code, message: error.message })
    return
  }
  log.error(`${request.method} ${request.url} failed`, { error: error.stack ?? error.message })
  reply.code(500).send({ error: 'INTERNAL_ERROR', message: 'The bot failed to answer; its log says why.' })
}

function urlOf(app: FastifyInstance): string {
  const address = app.server.address()
  if (address === null || typeof address === 'string') throw new Error('The HTTP server listens on no port.')
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return `http://${host}:${address.port}`
}
