import type { Log } from '@voxtrace/model'
import { afterEach, describe, expect, it } from 'vitest'
import { MediaStreamTrack, type RTCDataChannel, RTCPeerConnection, RtpHeader, RtpPacket } from 'werift'
import type { Call, CallEnd } from './call.ts'
import { type Calls, type CallsOptions, createCalls } from './calls.ts'
import { OpusDecoder, OpusEncoder } from './opus.ts'

const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }
const opened: { close(): Promise<void> }[] = []

afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()))
})

function exchange(options: Partial<CallsOptions> = {}): {
  calls: Calls
  nextCall: () => Promise<Call>
  answered: Call[]
} {
  const answered: Call[] = []
  let announce: (call: Call) => void = () => {}
  const calls = createCalls({
    maxCalls: 4,
    log: silentLog,
    ...options,
    onCall(call) {
      answered.push(call)
      announce(call)
    },
  })
  opened.push(calls)
  return {
    calls,
    answered,
    nextCall: () =>
      new Promise((resolve) => {
        announce = resolve
      }),
  }
}

/** A caller made of a WebRTC stack instead of a browser. */
class TestCaller {
  readonly connection = new RTCPeerConnection({ iceServers: [], iceAdditionalHostAddresses: ['127.0.0.1'] })
  readonly track = new MediaStreamTrack({ kind: 'audio' })
  readonly received: string[] = []
  readonly heard: Int16Array[] = []
  readonly #decoder = new OpusDecoder()
  #channel: RTCDataChannel | undefined
  #sequence = 0

  constructor() {
    opened.push(this)
  }

  async offer({ channel = true, audio = true } = {}): Promise<string> {
    if (channel) this.openChannel()
    if (audio) {
      this.connection.onTrack.subscribe((track) =>
        track.onReceiveRtp.subscribe((packet) => this.heard.push(this.#decoder.decode(packet.payload))),
      )
      this.connection.addTransceiver(this.track, { direction: 'sendrecv' })
    }
    await this.connection.setLocalDescription(await this.connection.createOffer())
    while (this.connection.iceGatheringState !== 'complete') await delay(5)
    return this.connection.localDescription?.sdp ?? ''
  }

  openChannel(): void {
    this.#channel = this.connection.createDataChannel('chat')
    this.#channel.onMessage.subscribe((message) => this.received.push(message.toString()))
  }

  async accept(sdp: string): Promise<void> {
    await this.connection.setRemoteDescription({ type: 'answer', sdp })
  }

  async send(text: string): Promise<void> {
    while (this.#channel?.readyState !== 'open') await delay(5)
    this.#channel.send(text)
  }

  /** Speaks a tone of 440 Hz, in packets of 10 ms, until it is heard: before the connection stands they are lost. */
  async speakUntil(heard: Promise<void>): Promise<void> {
    const encoder = new OpusEncoder()
    let isHeard = false
    const hearing = heard.then(() => {
      isHeard = true
    })
    for (let i = 0; !isHeard; i++) {
      const samples = Int16Array.from(
        { length: 480 },
        (_, n) => 8_000 * Math.sin((2 * Math.PI * 440 * (i * 480 + n)) / 48_000),
      )
      const header = new RtpHeader({
        sequenceNumber: this.#sequence,
        timestamp: this.#sequence * 480,
        payloadType: 96,
      })
      this.#sequence++
      this.track.writeRtp(new RtpPacket(header, Buffer.from(encoder.encode(samples))))
      await delay(10)
    }
    await hearing
  }

  get loudestHeard(): number {
    return Math.max(0, ...this.heard.flatMap((samples) => [...samples]))
  }

  async close(): Promise<void> {
    await this.connection.close()
  }
}

async function dial(
  calls: Calls,
  requestData: Record<string, unknown> = {},
): Promise<{ caller: TestCaller; pcId: string }> {
  const caller = new TestCaller()
  const answer = await calls.offer({ sdp: await caller.offer(), type: 'offer', requestData })
  await caller.accept(answer.sdp)
  return { caller, pcId: answer.pc_id }
}

async function delay(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms))
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(10)
}

async function hearTone(call: Call): Promise<void> {
  for await (const { samples } of call.microphone) if (Math.max(...samples) > 5_000) return
}

describe('a call', () => {
  it('carries sound both ways and messages both ways', async () => {
    const { calls, nextCall } = exchange()
    const arrived = nextCall()
    const { caller } = await dial(calls, { sessionId: 's1', userId: 'u1' })
    const call = await arrived
    expect(call.requestData).toEqual({ sessionId: 's1', userId: 'u1' })
    await caller.speakUntil(hearTone(call))

    call.speaker.play({
      samples: new Int16Array(160_000).fill(9_000).map((x, i) => (i % 40 < 20 ? x : -x)),
      sampleRate: 16_000,
    })
    await until(() => caller.loudestHeard > 5_000)
    expect(call.speaker.clear()).toBeGreaterThan(100)

    const messages: unknown[] = []
    call.onMessage((message) => messages.push(message))
    await caller.send('ping: 1')
    await caller.send('not a message')
    await caller.send('{"label":"rtvi-ai","type":"client-ready","id":"c1","data":{"version":"2.1.0"}}')
    await caller.send('{"label":"rtvi-ai","type":"send-text","id":"t1","data":{"content":"hello"}}')
    call.send({ label: 'rtvi-ai', type: 'server-message', data: 'hi' })
    await until(() => caller.received.length === 2 && messages.length === 2)
    expect(caller.received.map((text) => JSON.parse(text))).toEqual(
      expect.arrayContaining([
        {
          label: 'rtvi-ai',
          type: 'bot-ready',
          id: 'c1',
          data: { version: '2.1.0', about: { library: 'voxtrace' } },
        },
        { label: 'rtvi-ai', type: 'server-message', data: 'hi' },
      ]),
    )
    expect(messages).toEqual([
      { label: 'rtvi-ai', type: 'client-ready', id: 'c1', data: { version: '2.1.0' } },
      { label: 'rtvi-ai', type: 'send-text', id: 't1', data: { content: 'hello' } },
    ])
  })

  it('knows the round trip to the caller once the caller has reported it, and not before', async () => {
    const { calls, nextCall } = exchange()
    const arrived = nextCall()
    const { caller } = await dial(calls)
    const call = await arrived
    expect(call.roundTripMs).toBeNull()
    await until(() => call.roundTripMs !== null)
    expect(call.roundTripMs).toBeGreaterThanOrEqual(0)
    expect(caller.heard.length).toBeGreaterThan(0)
  })

  it('keeps messages until there is a data channel, and until somebody listens', async () => {
    const { calls, nextCall } = exchange()
    const arrived = nextCall()
    const caller = new TestCaller()
    const answer = await calls.offer({ sdp: await caller.offer({ audio: false }), type: 'offer' })
    await caller.accept(answer.sdp)
    const call = await arrived
    call.send({ label: 'rtvi-ai', type: 'early' })
    await caller.send('{"label":"rtvi-ai","type":"from-caller"}')
    await until(() => caller.received.length === 1)
    const messages: string[] = []
    call.onMessage(({ type }) => messages.push(type))
    await until(() => messages.length === 1)
    expect(caller.received.map((text) => JSON.parse(text).type)).toEqual(['early'])
  })

  it('outlives a listener that fails on a message', async () => {
    const { calls, nextCall } = exchange()
    const arrived = nextCall()
    const { caller } = await dial(calls)
    const call = await arrived
    const seen: string[] = []
    call.onMessage(({ type }) => {
      seen.push(type)
      throw new Error('cannot handle this')
    })
    await caller.send('{"label":"rtvi-ai","type":"first"}')
    await caller.send('{"label":"rtvi-ai","type":"second"}')
    await until(() => seen.length === 2)
    expect(calls.active).toBe(1)
  })

  it('works without a data channel', async () => {
    const { calls, nextCall } = exchange()
    const arrived = nextCall()
    const caller = new TestCaller()
    const answer = await calls.offer({ sdp: await caller.offer({ channel: false }), type: 'offer' })
    await caller.accept(answer.sdp)
    const call = await arrived
    call.send({ label: 'rtvi-ai', type: 'unheard' })
    await caller.speakUntil(hearTone(call))
  })

  it.each<[string, (call: Call, caller: TestCaller) => Promise<void>, CallEnd]>([
    [
      'the caller sends the bot away',
      (_call, caller) => caller.send('{"label":"rtvi-ai","type":"disconnect-bot"}'),
      'hung_up',
    ],
    ['the bot hangs up', (call) => call.hangUp('closed_by_bot'), 'closed_by_bot'],
  ])('ends when %s', async (_name, end, reason) => {
    const { calls, nextCall } = exchange()
    const arrived = nextCall()
    const { caller, pcId } = await dial(calls)
    const call = await arrived
    await end(call, caller)
    expect(await call.ended).toBe(reason)
    await call.hangUp('connection_lost')
    expect(await call.ended).toBe(reason)
    for await (const { sampleRate } of call.microphone) expect(sampleRate).toBe(16_000)
    expect(calls.active).toBe(0)
    await expect(calls.addCandidates({ pc_id: pcId, candidates: [] })).rejects.toMatchObject({
      code: 'RESOURCE_DOES_NOT_EXIST',
    })
  })

  it('ends without a sign of life before it is connected', async () => {
    const { calls, answered } = exchange({ lostAfterMs: 100 })
    await calls.offer({ sdp: await new TestCaller().offer(), type: 'offer' })
    await until(() => calls.active === 0)
    expect(answered).toEqual([])
  })

  it('ends without a sign of life after it was connected', async () => {
    const { calls, nextCall } = exchange({ lostAfterMs: 2_000 })
    const arrived = nextCall()
    const { caller } = await dial(calls)
    const call = await arrived
    for (const transport of caller.connection.iceTransports) await transport.connection.close()
    expect(await call.ended).toBe('connection_lost')
  })

  it('ends with all others when the bot closes, and nobody connects any more', async () => {
    const { calls, nextCall } = exchange()
    const arrived = nextCall()
    const { caller } = await dial(calls)
    const call = await arrived
    await caller.send('{"label":"rtvi-ai","type":"client-ready"}')
    await until(() => caller.received.length === 1)
    await calls.close()
    expect(await call.ended).toBe('closed_by_bot')
    await until(() => caller.received.some((text) => text.includes('peerLeft')))
    await expect(dial(calls)).rejects.toMatchObject({ code: 'TEMPORARILY_UNAVAILABLE' })
  })
})

describe('a caller who comes back', () => {
  it.each([
    ['with the pc_id', (pcId: string) => ({ pc_id: pcId, restart_pc: true })],
    ['with the session', () => ({ pc_id: null, requestData: { sessionId: 's9' } })],
  ])('%s continues the same call', async (_name, again) => {
    const { calls, nextCall, answered } = exchange()
    const arrived = nextCall()
    const first = await dial(calls, { sessionId: 's9' })
    const call = await arrived
    const second = new TestCaller()
    const answer = await calls.offer({ sdp: await second.offer(), type: 'offer', ...again(first.pcId) })
    expect(answer.pc_id).toBe(first.pcId)
    await second.accept(answer.sdp)
    await first.caller.close()
    await second.speakUntil(hearTone(call))
    call.send({ label: 'rtvi-ai', type: 'still-here' })
    await until(() => second.received.length === 1)
    expect(answered).toEqual([call])
    expect(calls.active).toBe(1)
  })

  it('starts a new call when the former one is over', async () => {
    const { calls, nextCall } = exchange()
    const arrived = nextCall()
    const { pcId } = await dial(calls)
    await (await arrived).hangUp('closed_by_bot')
    const again = await calls.offer({
      sdp: await new TestCaller().offer(),
      type: 'offer',
      pc_id: pcId,
      restart_pc: true,
    })
    expect(again.pc_id).not.toBe(pcId)
  })
})

describe('offers', () => {
  it('sent twice are answered alike, also at the same time', async () => {
    const { calls } = exchange()
    const sdp = await new TestCaller().offer()
    const [first, second] = await Promise.all([
      calls.offer({ sdp, type: 'offer' }),
      calls.offer({ sdp, type: 'offer' }),
    ])
    expect(second).toEqual(first)
    expect(await calls.offer({ sdp, type: 'offer' })).toEqual(first)
    expect(calls.active).toBe(1)
  })

  it('are refused when all lines are busy, and taken again when one is free', async () => {
    const { calls, nextCall } = exchange({ maxCalls: 1 })
    const arrived = nextCall()
    await dial(calls)
    await expect(dial(calls)).rejects.toMatchObject({
      code: 'TEMPORARILY_UNAVAILABLE',
      message: expect.stringContaining('busy'),
    })
    await (await arrived).hangUp('closed_by_bot')
    await dial(calls)
    expect(calls.active).toBe(1)
  })

  it.each([
    ['nonsense', 'hello'],
    ['a session without media', 'v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n'],
    [
      'media without credentials',
      'v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n',
    ],
    [
      'a broken line',
      'v=0\r\nm=audio\r\nm=audio 9 X\r\na=ice-ufrag:a\r\na=ice-pwd:b\r\na=fingerprint:sha-256 00\r\na=mid:0\r\n',
    ],
  ])('that are %s get a clear error and hold no line', async (_name, sdp) => {
    const { calls } = exchange()
    await expect(calls.offer({ sdp, type: 'offer' })).rejects.toMatchObject({
      code: 'INVALID_PARAMETER_VALUE',
    })
    expect(calls.active).toBe(0)
  })
})

describe('candidates', () => {
  it('may come before the connection stands, may be hidden, empty or the end of them', async () => {
    const { calls, nextCall } = exchange()
    const arrived = nextCall()
    const caller = new TestCaller()
    const sdp = await caller.offer()
    const lines = sdp.match(/^a=candidate:.*$/gm) ?? []
    const answer = await calls.offer({
      sdp: sdp.replace(/^a=(candidate:|end-of-candidates).*\r\n/gm, ''),
      type: 'offer',
    })
    await calls.addCandidates({
      pc_id: answer.pc_id,
      candidates: [
        ...lines.map((line) => ({ candidate: line.slice(2).trim(), sdp_mid: '0', sdp_mline_index: 0 })),
        { candidate: 'candidate:1 1 udp 2113937151 0f1e2d3c-aaaa.local 51000 typ host', sdp_mid: '0' },
        { candidate: '', sdp_mid: '0' },
      ],
    })
    await caller.accept(answer.sdp)
    await arrived
  })

  it('that cannot be read, or for a call that is not there, get a clear error', async () => {
    const { calls } = exchange()
    const { pcId } = await dial(calls)
    await expect(
      calls.addCandidates({ pc_id: pcId, candidates: [{ candidate: 'candidate:x', sdp_mid: '0' }] }),
    ).rejects.toMatchObject({ code: 'INVALID_PARAMETER_VALUE' })
    await expect(calls.addCandidates({ pc_id: 'nobody', candidates: [] })).rejects.toMatchObject({
      code: 'RESOURCE_DOES_NOT_EXIST',
    })
  })
})
