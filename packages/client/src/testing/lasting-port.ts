import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/** Below these ports are those that programs have by agreement, above them those that systems hand out. */
const [lowest, highest] = [10_100, 15_900] as const

/**
 * A port of the loopback interface on which nothing listens, for what listens later, or once more after a while. Nobody
 * who leaves the choice to the system is given it meanwhile.
 */
export async function lastingPort(): Promise<number> {
  for (;;) {
    const port = randomInt(lowest, highest)
    if (await isFree(port)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error) => {
      if ('code' in error && error.code === 'EADDRINUSE') resolve(false)
      else reject(error)
    })
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
