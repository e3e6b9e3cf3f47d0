import type { Log } from '@voxtrace/model'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chromiumPath } from '../../bench/caller/browser.ts'
import { openCaller } from '../../bench/caller/caller.ts'
import { type BotHttp, startBotHttp } from '../../packages/voice/src/http/bot-http.ts'
import type { Call } from '../../packages/voice/src/transport/call.ts'
import { type Calls, createCalls } from '../../packages/voice/src/transport/calls.ts'

const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }
const AUDIBLE = 1_000

let calls: Calls
let http: BotHttp
let answer: (call: Call) => void = () => {}

describe.skipIf(!chromiumPath())('a browser over a bad network (skipped without Chromium)', () => {
  beforeAll(async () => {
    calls = createCalls({ maxCalls: 2, log: silentLog, onCall: (call) => answer(call) })
    http = await startBotHttp({
      calls,
      status: () => ({}),
      host: '127.0.0.1',
      port: 0,
      allowedOrigins: [],
      log: silentLog,
    })
  })

  afterAll(async () => {
    await calls?.close()
    await http?.close()
  })

  it('is heard without holes, and hears, when one packet in ten is lost and others come out of order', async () => {
    const heard: { peak: number; ms: number }[] = []
    answer = async (call) => {
      for await (const { samples, sampleRate } of call.microphone) {
        heard.push({ peak: Math.max(...samples), ms: (1000 * samples.length) / sampleRate })
        call.speaker.play({ samples, sampleRate: 16_000 })
      }
    }
    const caller = await openCaller({
      url: `${http.url}/api/offer`,
      network: { loss: 0.1, jitterMs: 15 },
    })
    await caller.say({ name: 'tone', samples: tone(300, 48_000, 4), sampleRate: 48_000 })
    await caller.waitForAgentSpeech()
    await caller.waitForAgentSilence({ forMs: 500 })
    const { received } = await caller.takeRecording()
    await caller.hangUp()

    const spoken = heard.slice(
      heard.findIndex(({ peak }) => peak > AUDIBLE),
      heard.findLastIndex(({ peak }) => peak > AUDIBLE),
    )
    expect(spoken.reduce((sum, { ms }) => sum + ms, 0)).toBeGreaterThan(3_000)
    expect(spoken.filter(({ peak }) => peak < AUDIBLE).length / spoken.length).toBeLessThan(0.05)
    expect(received.filter((sample) => Math.abs(sample) > AUDIBLE).length).toBeGreaterThan(48_000)
  })

  it('comes back into the same call over a new connection', async () => {
    const arrived: Call[] = []
    answer = (call) => arrived.push(call)
    const caller = await openCaller({ url: `${http.url}/api/offer` })
    const { pcId } = caller
    const before = await caller.waitForEvent('bot-ready')
    await caller.reconnect()
    await caller.waitForEvent('bot-ready', { sinceMs: before.atMs + 1 })
    expect(caller.pcId).toBe(pcId)
    expect(arrived.map(({ id }) => id)).toEqual([pcId])
    arrived[0]?.speaker.play({ samples: tone(440, 16_000, 1), sampleRate: 16_000 })
    await caller.waitForAgentSpeech()
    await caller.hangUp()
    expect(await arrived[0]?.ended).toBe('hung_up')
  })
})

function tone(hertz: number, sampleRate: number, seconds: number): Int16Array {
  return Int16Array.from(
    { length: sampleRate * seconds },
    (_, i) => 10_000 * Math.sin((2 * Math.PI * hertz * i) / sampleRate),
  )
}
