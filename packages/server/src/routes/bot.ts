import httpProxy from '@fastify/http-proxy'
import { type Log, VoxtraceError } from '@voxtrace/model'
import type { FastifyInstance } from 'fastify'

/** Forwards `/bot/*` to the voice bot, without the prefix. */
export function botRoutes(app: FastifyInstance, { botUrl, log }: { botUrl: string | null; log: Log }): void {
  if (botUrl === null) {
    app.all('/bot/*', () => {
      throw new VoxtraceError(
        'TEMPORARILY_UNAVAILABLE',
        'This server was started without a voice bot. Start it with "voxtrace up", or name one with --bot-url.',
      )
    })
    return
  }
  app.register(httpProxy, {
    upstream: botUrl,
    prefix: '/bot',
    rewritePrefix: '',
    replyOptions: {
      onError: (reply, { error }) => {
        log.debug('the bot did not answer', { reason: error.message })
        const code = 'TEMPORARILY_UNAVAILABLE'
        reply
          .code(503)
          .header('retry-after', '2')
          .send({
            error_code: code,
            message: `The voice bot at ${botUrl} does not answer. It may still be starting.`,
          })
      },
    },
  })
}
