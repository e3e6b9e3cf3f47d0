import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Log } from '@voxtrace/model'
import { type Browser, chromium, type Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { chromiumPath, neededChromiumPath } from '../../bench/caller/browser.ts'
import { type BotHttp, startBotHttp } from '../../packages/voice/src/http/bot-http.ts'
import { encodeWav } from '../../packages/voice/src/speech/wav.ts'
import type { Call, RtviMessage } from '../../packages/voice/src/transport/call.ts'
import { type Calls, createCalls } from '../../packages/voice/src/transport/calls.ts'

const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }
const MICROPHONE_HERTZ = 440

let directory: string
let pageServer: Server
let pageUrl: string
let browser: Browser
let calls: Calls
let http: BotHttp
let nextCall: Promise<Call>
const arrived: Call[] = []

describe.skipIf(!chromiumPath())(
  "Pipecat's client in Chromium (skipped without Chromium; VOXTRACE_CHROMIUM says where it is)",
  () => {
    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'voxtrace-pipecat-'))
      const microphone = join(directory, 'microphone.wav')
      await writeFile(microphone, wavOfBeeps(MICROPHONE_HERTZ, 5))
      pageServer = await servePage(
        await bundle(new URL('./pipecat-client-page.ts', import.meta.url).pathname),
      )
      pageUrl = `http://localhost:${portOf(pageServer)}/`
      browser = await chromium.launch({
        executablePath: neededChromiumPath(),
        args: [
          '--no-sandbox',
          '--disable-gpu',
          '--use-fake-ui-for-media-stream',
          '--use-fake-device-for-media-stream',
          `--use-file-for-fake-audio-capture=${microphone}`,
          '--autoplay-policy=no-user-gesture-required',
          '--disable-background-networking',
        ],
      })
      let announce: (call: Call) => void = () => {}
      const expectCall = () => {
        nextCall = new Promise((resolve) => {
          announce = resolve
        })
      }
      expectCall()
      calls = createCalls({
        maxCalls: 1,
        log: silentLog,
        onCall(call) {
          announce(call)
          arrived.push(call)
          expectCall()
        },
      })
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
      await browser?.close()
      await calls?.close()
      await http?.close()
      pageServer?.close()
      await rm(directory, { recursive: true, force: true })
    })

    afterEach(async () => {
      for (const call of arrived.splice(0)) await call.hangUp('closed_by_bot')
      for (const page of browser.contexts().flatMap((context) => context.pages())) await page.close()
    })

    it('connects, is ready, is heard and hears, and says when it goes', async () => {
      const arriving = nextCall
      const page = await openPage()
      await run(page, 'connect', `${http.url}/api/offer`, { sessionId: 's1' })
      const call = await arriving
      expect(call.requestData).toEqual({ sessionId: 's1' })
      await until(async () => (await run(page, 'state')) === 'ready')

      await untilHeard(call, MICROPHONE_HERTZ)

      call.speaker.play(tone(880, 16_000, 60))
      await until(async () => Number(await run(page, 'loudest', 100)) > 0.1)

      const messages: RtviMessage[] = []
      call.onMessage((message) => messages.push(message))
      await run(page, 'sendText', 'what is a trace')
      await until(async () => messages.some(({ type }) => type === 'send-text'))
      expect(messages.find(({ type }) => type === 'send-text')?.data).toMatchObject({
        content: 'what is a trace',
      })

      call.send({ label: 'rtvi-ai', type: 'server-message', data: { trace: 't1' } })
      await untilEvent(page, 'serverMessage', { trace: 't1' })

      await run(page, 'disconnect')
      expect(await call.ended).toBe('hung_up')
    })

    it('stays in the same call when it negotiates anew on the same connection', async () => {
      const arriving = nextCall
      const page = await openPage()
      await run(page, 'connect', `${http.url}/api/offer`, {})
      const call = await arriving
      await run(page, 'reconnect', false)
      await untilHeard(call, MICROPHONE_HERTZ)
      await untilTold(page, call)
      await run(page, 'disconnect')
      expect(await call.ended).toBe('hung_up')
    })

    // The client stops its own microphone with the connection it leaves, so only the other direction has sound.
    it('stays in the same call when it makes a new connection', async () => {
      const arriving = nextCall
      const page = await openPage()
      await run(page, 'connect', `${http.url}/api/offer`, {})
      const call = await arriving
      await run(page, 'reconnect', true)
      await untilTold(page, call)
      call.speaker.play(tone(880, 16_000, 60))
      await until(async () => Number(await run(page, 'loudest', 100)) > 0.1)
      await run(page, 'disconnect')
      expect(await call.ended).toBe('hung_up')
    })

    it('learns that the bot has hung up, and may send it away itself', async () => {
      const arriving = nextCall
      const page = await openPage()
      await run(page, 'connect', `${http.url}/api/offer`, {})
      const call = await arriving
      await call.hangUp('closed_by_bot')
      await untilEvent(page, 'botDisconnected')

      const again = nextCall
      const second = await openPage()
      await run(second, 'connect', `${http.url}/api/offer`, {})
      const secondCall = await again
      await run(second, 'disconnectBot')
      expect(await secondCall.ended).toBe('hung_up')
    })

    it('is told when the bot is busy instead of waiting for ever', async () => {
      const arriving = nextCall
      const page = await openPage()
      await run(page, 'connect', `${http.url}/api/offer`, {})
      const call = await arriving
      const second = await openPage((page) => page.clock.install())
      const refused = expect(run(second, 'connect', `${http.url}/api/offer`, {})).rejects.toThrow(
        'Offer request failed',
      )
      // It tries again several times, two seconds after each other.
      const passing = setInterval(() => void second.clock.runFor(2_000).catch(() => {}), 100)
      await refused.finally(() => clearInterval(passing))
      await run(page, 'disconnect')
      await call.ended
    })
  },
)

async function openPage(prepare: (page: Page) => Promise<void> = async () => {}): Promise<Page> {
  const page = await browser.newPage()
  await prepare(page)
  await page.goto(pageUrl)
  await page.waitForFunction('globalThis.pipecat !== undefined')
  return page
}

async function run(page: Page, name: string, ...args: unknown[]): Promise<unknown> {
  return await page.evaluate(([name, args]) => Reflect.get(globalThis, 'pipecat')[name](...args), [
    name,
    args,
  ] as const)
}

async function untilEvent(page: Page, name: string, data?: unknown): Promise<void> {
  await until(async () => {
    const events = await page.evaluate(() => JSON.stringify(Reflect.get(globalThis, 'pipecat').events))
    const seen: { name: string; data: unknown }[] = JSON.parse(events)
    return seen.some(
      (event) =>
        event.name === name && (data === undefined || JSON.stringify(event.data) === JSON.stringify(data)),
    )
  })
}

/** Waits until a message of the bot has come, in the one call that there is. */
async function untilTold(page: Page, call: Call): Promise<void> {
  call.send({ label: 'rtvi-ai', type: 'server-message', data: 'still here' })
  await untilEvent(page, 'serverMessage', 'still here')
  expect(calls.active).toBe(1)
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20))
}

/** Waits for 20 ms from the caller in which one frequency is loud: a new connection takes a while to carry sound. */
async function untilHeard(call: Call, hertz: number): Promise<void> {
  for await (const { samples, sampleRate } of call.microphone) {
    let re = 0
    let im = 0
    samples.forEach((sample, i) => {
      re += sample * Math.cos((2 * Math.PI * hertz * i) / sampleRate)
      im += sample * Math.sin((2 * Math.PI * hertz * i) / sampleRate)
    })
    if ((2 * Math.hypot(re, im)) / samples.length > 1_000) return
  }
  throw new Error(`The call ended before a tone of ${hertz} Hz was heard.`)
}

function tone(
  hertz: number,
  sampleRate: number,
  seconds: number,
): { samples: Int16Array; sampleRate: number } {
  const samples = Int16Array.from(
    { length: sampleRate * seconds },
    (_, i) => 10_000 * Math.sin((2 * Math.PI * hertz * i) / sampleRate),
  )
  return { samples, sampleRate }
}

function wavOfBeeps(hertz: number, seconds: number): Uint8Array {
  const { samples, sampleRate } = tone(hertz, 48_000, seconds)
  // On and off four times a second, because the browser's noise suppression takes a steady tone for noise.
  for (let i = 0; i < samples.length; i++) if (i % 12_000 > 6_000) samples[i] = 0
  return encodeWav({ samples, sampleRate })
}

async function bundle(entry: string): Promise<string> {
  const output = await build({
    configFile: false,
    logLevel: 'error',
    build: { write: false, minify: false, lib: { entry, formats: ['es'] } },
  })
  const [first] = [output].flat()
  if (!first || !('output' in first)) throw new Error('Vite built nothing.')
  return first.output[0].code
}

async function servePage(script: string): Promise<Server> {
  const server = createServer((request, response) => {
    const isScript = request.url === '/page.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? script : '<script type="module" src="/page.js"></script>')
  })
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  return server
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The page is served on no port.')
  return address.port
}
