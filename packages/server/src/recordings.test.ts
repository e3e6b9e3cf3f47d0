import { randomBytes } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { describe, expect, test } from 'vitest'
import { jsonFrom, newPath, recordingRequests } from './recordings.test.support.ts'

const { server, ask, put, chunk, bytesOf } = recordingRequests()

const sound = (length: number) =>
  new Uint8Array(Buffer.concat([Buffer.from('OggS'), randomBytes(length - 4)]))

describe('attaching a file', () => {
  test('keeps it whole, and once however often it is sent', async () => {
    const path = newPath()
    const file = sound(3_000_000)
    for (const _ of [1, 2]) {
      const answer = await put(
        path,
        file,
        'application/ogg; codecs=opus',
        'start_time_unix_nano=1800000000000000000&offset_ms=250.5&channels=user,agent',
      )
      expect(answer.status).toBe(200)
      expect(await jsonFrom(answer)).toMatchObject({
        contentType: 'audio/ogg',
        channels: ['user', 'agent'],
        startTimeUnixNano: '1800000000250500000',
        sizeBytes: 3_000_000,
        complete: true,
      })
    }
    const { answer, bytes } = await bytesOf(path)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'audio/ogg'])
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    expect(bytes.equals(file)).toBe(true)
    const list = await jsonFrom(await ask(path.replace(/\/call$/, '')))
    expect(list.recordings).toHaveLength(1)
  })

  test('goes on from where a request was cut off', async () => {
    const path = newPath()
    const file = sound(5_000_000)
    await new Promise<void>((resolve) => {
      const cut = httpRequest(`${server().url}${path}?start_time_unix_nano=1`, {
        method: 'PUT',
        headers: { 'content-type': 'audio/ogg', 'content-length': file.length },
      })
      cut.on('error', () => resolve())
      cut.write(file.subarray(0, 4_000_000))
      const stop = async () => {
        const answer = await ask(path)
        if (answer.status === 200 && (await jsonFrom(answer)).sizeBytes >= 1_000_000) cut.destroy()
        else setTimeout(stop, 20)
      }
      void stop()
    })
    expect((await jsonFrom(await ask(path))).complete).toBe(false)
    expect((await put(path, file, 'audio/ogg', 'start_time_unix_nano=1')).status).toBe(200)
    expect((await bytesOf(path)).bytes.equals(file)).toBe(true)
  })

  test.each([
    ['text/plain', sound(10), /Content-Type text\/plain is not taken/],
    ['audio/wav', sound(10), /does not begin like audio\/wav/],
    ['audio/ogg', new Uint8Array(Buffer.from('<html>')), /does not begin like audio\/ogg/],
  ])('refuses %s with bytes of something else', async (type, body, message) => {
    const answer = await put(newPath(), body, type)
    expect(answer.status).toBe(415)
    expect((await jsonFrom(answer)).message).toMatch(message)
  })

  test.each([
    ['/recordings/..%2f..%2fetc%2fpasswd', 'start_time_unix_nano=1'],
    ['/recordings/.hidden', 'start_time_unix_nano=1'],
    [`/recordings/${'x'.repeat(65)}`, 'start_time_unix_nano=1'],
    ['/recordings/a', 'start_time_unix_nano=now'],
    ['/recordings/a', 'start_time_unix_nano=99999999999999999999'],
    ['/recordings/a', 'start_time_unix_nano=1&channels=left,right'],
    ['/recordings/a', 'start_time_unix_nano=1&offset_ms=soon'],
  ])('refuses %s with %s', async (name, query) => {
    const path = newPath().replace(/\/recordings\/.*/, name)
    const answer = await put(path, sound(10), 'audio/ogg', query)
    expect([answer.status, (await jsonFrom(answer)).error_code]).toEqual([400, 'INVALID_PARAMETER_VALUE'])
  })
})

describe('appending while a call runs', () => {
  const begin = 'offset=0&start_time_unix_nano=1800000000000000000&channels=user,agent'

  test('takes each chunk once, in order, and reads from it meanwhile', async () => {
    const path = newPath()
    const file = sound(10_000)
    for (const _ of [1, 2]) expect((await chunk(path, begin, file.subarray(0, 4000))).status).toBe(200)
    const early = await chunk(path, 'offset=8000', file.subarray(8000))
    expect([early.status, (await jsonFrom(early)).error_code]).toEqual([409, 'RESOURCE_CONFLICT'])
    expect((await bytesOf(path, 'bytes=3990-')).bytes.equals(file.subarray(3990, 4000))).toBe(true)
    for (const _ of [1, 2]) expect((await chunk(path, 'offset=4000', file.subarray(4000))).status).toBe(200)
    const last = await jsonFrom(await chunk(path, 'offset=10000&complete=true'))
    expect(last).toMatchObject({ sizeBytes: 10_000, complete: true })
    expect((await bytesOf(path)).bytes.equals(file)).toBe(true)
  })

  test('refuses to go on with what was never begun', async () => {
    const answer = await chunk(newPath(), 'offset=10', 'more')
    expect([answer.status, (await jsonFrom(answer)).error_code]).toEqual([404, 'RESOURCE_DOES_NOT_EXIST'])
  })

  test('answers as of one size while it grows', async () => {
    const path = newPath()
    const file = sound(2000)
    await chunk(path, begin, file.subarray(0, 1000))
    const before = await ask(`${path}/audio?size=1000`)
    await chunk(path, 'offset=1000', file.subarray(1000))
    const after = await ask(`${path}/audio?size=1000`, {
      headers: { range: 'bytes=500-', 'if-range': before.headers.get('etag') ?? '' },
    })
    expect([after.status, after.headers.get('content-range')]).toEqual([206, 'bytes 500-999/1000'])
  })
})

describe('reading a range', () => {
  test.each([
    ['bytes=0-0', 206, 0, 1],
    ['bytes=10-19', 206, 10, 20],
    ['bytes=990-', 206, 990, 1000],
    ['bytes=-5', 206, 995, 1000],
    ['bytes=-5000', 206, 0, 1000],
    ['bytes=900-5000', 206, 900, 1000],
    ['bytes=20-10', 200, 0, 1000],
    ['bytes=a-b', 200, 0, 1000],
    ['items=0-1', 200, 0, 1000],
    ['bytes=0-1,5-6', 200, 0, 1000],
    ['bytes=1000-', 416, 0, 0],
    ['bytes=-0', 416, 0, 0],
  ])('%s answers %i', async (range, status, from, to) => {
    const path = newPath()
    const file = sound(1000)
    await put(path, file)
    const { answer, bytes } = await bytesOf(path, range)
    expect(answer.status).toBe(status)
    if (status === 416) expect(answer.headers.get('content-range')).toBe('bytes */1000')
    else expect(bytes.equals(file.subarray(from, to))).toBe(true)
    if (status === 206) expect(answer.headers.get('content-range')).toBe(`bytes ${from}-${to - 1}/1000`)
  })

  test('HEAD tells the size, and a copy that is still right is not sent again', async () => {
    const path = newPath()
    await put(path, sound(1000))
    const head = await ask(`${path}/audio`, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '1000'])
    const again = await ask(`${path}/audio`, { headers: { 'if-none-match': head.headers.get('etag') ?? '' } })
    expect(again.status).toBe(304)
  })
})

test('a recording is corrected and deleted', async () => {
  const path = newPath()
  await put(path, sound(10))
  const patch = (body: unknown) => ask(path, { method: 'PATCH', body: JSON.stringify(body) })
  expect(await jsonFrom(await patch({ startTimeUnixNano: '1800000000000000500' }))).toMatchObject({
    startTimeUnixNano: '1800000000000000500',
    channels: ['mixed'],
  })
  expect((await patch({ channels: [] })).status).toBe(400)
  expect((await ask(path, { method: 'DELETE' })).status).toBe(200)
  expect((await ask(path)).status).toBe(404)
  expect((await bytesOf(path)).answer.status).toBe(404)
})
