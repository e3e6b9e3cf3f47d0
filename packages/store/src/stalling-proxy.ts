import { connect, createServer, type NetConnectOpts, type Socket } from 'node:net'
import pg from 'pg'

export interface StallingProxy {
  /** The same database, reached through the proxy. */
  databaseUrl: string
  /** Lets nothing through any more, in either direction, and takes new connections without a word. */
  stall(): void
  /** Lets everything through again, what has been held back first. */
  resume(): void
  close(): Promise<void>
}

/** A way to a database that can hang, as a stopped process or a broken network does. */
export async function openStallingProxy(databaseUrl: string): Promise<StallingProxy> {
  const { host, port } = new pg.Client({ connectionString: databaseUrl })
  const target: NetConnectOpts = host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port }
  const sockets = new Set<Socket>()
  let stalled = false
  const server = createServer((socket) => {
    const beyond = connect(target)
    for (const [from, to] of [
      [socket, beyond],
      [beyond, socket],
    ] as const) {
      sockets.add(from)
      if (stalled) from.pause()
      from.on('data', (bytes) => to.write(bytes))
      if (stalled) from.pause()
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const url = new URL(databaseUrl)
  url.searchParams.delete('host')
  url.hostname = '127.0.0.1'
  url.port = String(typeof address === 'object' ? address?.port : '')
  return {
    databaseUrl: url.href,
    stall: () => {
      stalled = true
      for (const socket of sockets) socket.pause()
    },
    resume: () => {
      stalled = false
      for (const socket of sockets) socket.resume()
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
