import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { oggPages, opusPackets, twoVoices, wavFile } from './sound/test-sound.ts'
import { startTrackingServer, type TrackingServer } from './testing.ts'

const page = readFileSync(new URL('../../../docs/reference/recordings.md', import.meta.url), 'utf8')
/** The blocks of code between fences with a name, such as `sh`; those without have an empty one. */
const blocks = (name: string) =>
  [...page.matchAll(/^```(\w*)\n(.*?)^```$/gms)].flatMap(([, own, text = '']) => (own === name ? [text] : []))

const hasCurl = spawnSync('curl', ['--version']).status === 0
if (!hasCurl) console.warn('Skipped: the command of the reference of recordings needs curl.')

describe('the reference of recordings', () => {
  let server: TrackingServer
  const directory = mkdtempSync(join(tmpdir(), 'voxtrace-recordings-docs-'))
  beforeAll(async () => {
    server = await startTrackingServer()
  })
  afterAll(async () => {
    await server.stop()
    rmSync(directory, { recursive: true })
  })

  const [whole = '', waveform = ''] = blocks('json')
  const { traceId, recordingId, channels, startTimeUnixNano } = JSON.parse(whole)
  const told = { traceId, recordingId, channels, startTimeUnixNano }
  const path = `/api/voxtrace/traces/${traceId}/recordings/${recordingId}`
  afterEach(() => fetch(server.url + path, { method: 'DELETE' }))
  const read = async (path: string) => JSON.parse(await (await fetch(server.url + path)).text())

  test.skipIf(!hasCurl)('attaches a file by the command that it gives', async () => {
    const [command = ''] = blocks('sh')
    writeFileSync(join(directory, 'call.wav'), wavFile(twoVoices(16_000), 16_000))
    const { stdout } = await promisify(execFile)(
      'sh',
      ['-c', command.replaceAll('http://localhost:5000', server.url)],
      { cwd: directory },
    )
    expect(JSON.parse(stdout)).toMatchObject({
      ...told,
      contentType: 'audio/wav',
      complete: true,
    })
  })

  test('appends by the requests that it shows, and answers what it shows', async () => {
    const requests = blocks('').flatMap((block) => [...block.matchAll(/^(POST) (\S+)$/gm)])
    expect(requests).toHaveLength(3)
    const file = Buffer.concat(oggPages(opusPackets(twoVoices(48_000)), 2))
    for (const [, method = '', target = ''] of requests) {
      const address = target
        .replace('{trace_id}', traceId)
        .replace('{recording_id}', recordingId)
        .replace('start_time_unix_nano=…', `start_time_unix_nano=${startTimeUnixNano}`)
      const offset = Number(new URL(address, server.url).searchParams.get('offset'))
      const isLast = address.includes('complete=true')
      const answer = await fetch(server.url + address, {
        method,
        headers: { 'content-type': 'audio/ogg' },
        body: new Uint8Array(file.subarray(offset, isLast ? file.length : offset + 8192)),
      })
      expect(answer.status).toBe(200)
    }
    const drawn = await vi.waitFor(async () => {
      const answer = await read(`${path}/waveform?bucket_ms=100`)
      expect(answer.upToDate).toBe(true)
      return answer
    }, 60_000)
    expect(shapeOf(drawn)).toEqual(shapeOf(JSON.parse(waveform)))
    const recording = await read(path)
    expect(shapeOf(recording)).toEqual(shapeOf(JSON.parse(whole)))
    expect(recording).toMatchObject({ ...told, complete: true, sizeBytes: file.length })
  })

  describe('of a recording that is there', () => {
    beforeEach(async () => {
      const facts = `start_time_unix_nano=${startTimeUnixNano}&channels=${channels}`
      const file = Buffer.concat(oggPages(opusPackets(twoVoices(48_000)), 2))
      const answer = await fetch(`${server.url}${path}?${facts}`, {
        method: 'PUT',
        headers: { 'content-type': 'audio/ogg' },
        body: new Uint8Array(file),
      })
      expect(answer.status).toBe(200)
    })

    test.each(
      [...page.matchAll(/^\| (GET|PATCH|DELETE) `(recordings[^`]*)` \|/gm)].map(([, method, target]) => [
        method,
        target,
      ]),
    )('answers %s %s', async (method = '', target = '') => {
      const address = target
        .replace('{recording_id}', recordingId)
        .replaceAll(
          /(size|cues|bucket_ms|from_ms|to_ms)=/g,
          (_, name) => `${name}=${name === 'to_ms' ? 2000 : name === 'cues' ? 0 : 1000}`,
        )
      const answer = await fetch(`${server.url}/api/voxtrace/traces/${traceId}/${address}`, {
        method,
        ...(method === 'PATCH' && { body: JSON.stringify({ channels: ['user', 'agent'] }) }),
      })
      expect(answer.status).toBe(200)
    })
  })
})

/** The names of an answer, and of what kind each value is. */
function shapeOf(answer: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(answer).map(([name, value]) => [name, value === null ? 'null' : typeof value]),
  )
}
