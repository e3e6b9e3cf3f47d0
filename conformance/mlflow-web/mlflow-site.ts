import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createServer, request as forward } from 'node:http'
import { extname, join, normalize } from 'node:path'

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
}

/** A web site as MLflow's server gives it: its built web app, and behind it a tracking server. */
export interface MlflowSite {
  url: string
  stop(): Promise<void>
}

/** Serves the web app in `buildDirectory` (of MLflow's wheel) and forwards every other request to `trackingUrl`. */
export async function startMlflowSite(buildDirectory: string, trackingUrl: string): Promise<MlflowSite> {
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://site').pathname
    const file = path === '/' ? 'index.html' : path.startsWith('/static-files/') ? path.slice(14) : null
    if (file !== null) {
      const place = join(buildDirectory, normalize(file))
      const found = await stat(place).catch(() => null)
      if (found === null || !found.isFile()) {
        response.writeHead(404).end()
        return
      }
      response.writeHead(200, { 'content-type': types[extname(place)] ?? 'application/octet-stream' })
      createReadStream(place).pipe(response)
      return
    }
    const upstream = forward(
      new URL(request.url ?? '/', trackingUrl),
      { method: request.method, headers: request.headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
      },
    )
    upstream.on('error', () => response.writeHead(502).end())
    request.pipe(upstream)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the site does not listen')
  return {
    url: `http://127.0.0.1:${address.port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
