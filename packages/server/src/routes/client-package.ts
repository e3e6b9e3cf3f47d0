import { createReadStream } from 'node:fs'
import { VoxtraceError } from '@voxtrace/model'
import type { FastifyInstance } from 'fastify'

/** The tracing client, so that an application installs that of the server's version: `npm install http://HOST/voxtrace-client.tgz`. */
export function clientPackageRoutes(
  app: FastifyInstance,
  { clientPackage }: { clientPackage?: string },
): void {
  app.get('/voxtrace-client.tgz', (_request, reply) => {
    if (clientPackage === undefined) {
      throw new VoxtraceError(
        'RESOURCE_DOES_NOT_EXIST',
        'This server was started without the package of the tracing client. `npm run build` makes it.',
      )
    }
    return reply
      .type('application/gzip')
      .header('cache-control', 'no-cache')
      .send(createReadStream(clientPackage))
  })
}
