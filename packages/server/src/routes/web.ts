import { fastifyStatic } from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { answerUnknownPath } from '../errors.ts'

const missingPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Voxtrace</title>
<body style="font: 16px/1.5 system-ui; max-width: 40rem; margin: 4rem auto; padding: 0 1rem">
<h1>Voxtrace is running</h1>
<p>The web app has not been built, so there is nothing to see here. Build it with <code>npm run build</code> and
start again. The API works: see <a href="/health">/health</a>.</p>
</body>
</html>
`

const apiPath = /^\/(api|ajax-api|v1|bot)(\/|$)/

/** The web app: its files, and its page at every other path, which its own router reads. */
export function webRoutes(app: FastifyInstance, { webDirectory }: { webDirectory: string | null }): void {
  if (webDirectory === null) {
    app.setNotFoundHandler(answerUnknownPath)
    app.get('/', (_request, reply) => reply.type('text/html; charset=utf-8').send(missingPage))
    return
  }
  app.register(fastifyStatic, {
    root: webDirectory,
    index: ['index.html'],
    preCompressed: true,
    cacheControl: false,
    setHeaders: (response, path) => {
      // Files in assets/ carry a hash of their content in their names.
      const lasting = /[\\/]assets[\\/]/.test(path)
      response.header('cache-control', lasting ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] ?? ''
    const isPage =
      ['GET', 'HEAD'].includes(request.method) && !apiPath.test(path) && !/\/assets\/|\.\w{2,5}$/.test(path)
    return isPage ? reply.sendFile('index.html') : answerUnknownPath(request, reply)
  })
}
