import { createServer } from 'node:net'

/** Asks the system for a port nobody uses at this moment; 0 for any. Errors: those of `listen`, such as EADDRINUSE. */
export function claimPort(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : port))
    })
  })
}
