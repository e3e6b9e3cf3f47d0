import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { encodeTraceRequest } from '@voxtrace/protocol/otlp/encode'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Admission } from './admission.ts'
import { largestBodyBytes } from './bodies.ts'
import { startTrackingServer, type TrackingServer } from './testing.ts'

let server: TrackingServer
beforeAll(async () => {
  server = await startTrackingServer()
})
afterAll(() => server.stop())

const headers = { 'content-type': 'application/x-protobuf' }
const send = (body: Uint8Array<ArrayBuffer>) =>
  fetch(`${server.url}/v1/traces`, { method: 'POST', headers, body })

function traceWith(text: string): Uint8Array<ArrayBuffer> {
  const span = {
    traceId: 'ab'.repeat(16),
    spanId: 'cd'.repeat(8),
    parentSpanId: null,
    name: 'large',
    startTimeUnixNano: 1_800_000_000_000_000_000n,
    endTimeUnixNano: 1_800_000_001_000_000_000n,
    status: { code: 'OK' as const, message: '' },
    attributes: { text },
  }
  return new Uint8Array(encodeTraceRequest([span], {}, { name: 'n', version: '1' }))
}

/**
 * Begins a request with the largest body and leaves it at that. Where it is refused, because another request was under
 * way at that moment, it begins again.
 *
 * @returns what ends it
 */
function holdLargest(): () => void {
  const { port, host } = new URL(server.url)
  let socket: Socket
  const begin = () => {
    socket = connect(Number(port), '127.0.0.1')
    socket.write(
      `POST /v1/traces HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/x-protobuf\r\nContent-Length: ${largestBodyBytes}\r\n\r\n`,
    )
    socket.once('data', () => {
      socket.destroy()
      begin()
    })
  }
  begin()
  return () => socket.destroy()
}

/** The answer to a request that is sent until it is answered so. */
async function answered(status: number): Promise<Response> {
  for (;;) {
    const answer = await send(traceWith('small'))
    if (answer.status === status) return answer
    await answer.text()
    await sleep(20)
  }
}

describe('under overload', () => {
  test('the server asks clients to come back before it reads what it cannot hold, and takes them when it can', async () => {
    const held = [holdLargest(), holdLargest()]
    const answer = await answered(429)
    expect(answer.headers.get('retry-after')).toBe('1')
    expect(await answer.json()).toEqual({
      detail: 'Too many spans are on their way in. Send them again in a second.',
    })
    for (const letGo of held) letGo()
    await answered(200)
  })

  test('one request alone is let in whatever its size, and what is let go makes room', () => {
    const admission = new Admission(100, 'Too many spans')
    const first = admission.admit(500)
    expect(() => admission.admit(1)).toThrow('Too many spans')
    first.go()
    first.go()
    const second = admission.admit(60)
    expect(() => second.resize(90)).not.toThrow()
    expect(() => admission.admit(20)).toThrow('Too many spans')
    second.go()
    admission.admit(20)
  })
})

test('a value of 10 MB comes back as it was', async () => {
  const text = 'A long value, é and 🎧. '.repeat(400_000)
  expect((await send(traceWith(text))).status).toBe(200)
  const answer = await fetch(
    `${server.url}/api/voxtrace/traces/tr-${'ab'.repeat(16)}/spans/${'cd'.repeat(8)}`,
  )
  const { span } = JSON.parse(await answer.text())
  expect(span.attributes.text === text).toBe(true)
})
