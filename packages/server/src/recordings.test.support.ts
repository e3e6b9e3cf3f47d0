import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll } from 'vitest'
import { startTrackingServer, type TrackingServer } from './testing.ts'

/** The JSON of an answer, of whatever shape. */
export const jsonFrom = async (answer: Response) => JSON.parse(await answer.text())

/** The path of a recording of a new trace. */
export const newPath = (name = 'call') =>
  `/api/voxtrace/traces/tr-${randomBytes(16).toString('hex')}/recordings/${name}`

/** Asks a server that the tests of a file share, of a recording by its path. */
export function recordingRequests() {
  let server: TrackingServer
  beforeAll(async () => {
    server = await startTrackingServer()
  })
  afterAll(() => server.stop())

  const ask = (path: string, init?: RequestInit) => fetch(server.url + path, init)
  return {
    server: () => server,
    ask,
    put: (
      path: string,
      body: Uint8Array<ArrayBuffer>,
      type = 'audio/ogg',
      query = 'start_time_unix_nano=1800000000000000000',
    ) => ask(`${path}?${query}`, { method: 'PUT', body, headers: { 'content-type': type } }),
    chunk: (path: string, query: string, body: Uint8Array<ArrayBuffer> | string = '') =>
      ask(`${path}/chunks?${query}`, { method: 'POST', body, headers: { 'content-type': 'audio/ogg' } }),
    async bytesOf(path: string, range?: string) {
      const answer = await ask(`${path}/audio`, range === undefined ? {} : { headers: { range } })
      return { answer, bytes: Buffer.from(await answer.arrayBuffer()) }
    },
  }
}
