import { readFile } from 'node:fs/promises'
import type { Browser, Page } from 'playwright-core'
import { openBrowser } from './browser.ts'
import { type Clip, readClip } from './clip.ts'
import { type LossyRelay, type Network, openLossyRelay } from './lossy-relay.ts'
import { RECORDING_RATE, type Recording } from './recording.ts'

export interface CallerOptions {
  /** Where offers are posted, such as `http://127.0.0.1:5000/bot/api/offer`. */
  url: string
  requestData?: Record<string, unknown>
  /** Several callers may share one browser; without one, each opens its own and closes it when it hangs up. */
  browser?: Browser
  /** Milliseconds asked of the browser's jitter buffer; 0 as the talk page does, null for the browser's default. */
  jitterBufferTargetMs?: number | null
  /** A bad network between the browser and the bot. */
  network?: Network
  /** Whether to send `client-ready` once connected. Default true. */
  announce?: boolean
}

/** A message that came over the data channel. */
export interface CallerEvent {
  /** On the clock of the recording. */
  atMs: number
  type: string
  data: unknown
}

interface Said {
  startMs: number
  endMs: number
}

/** Someone who calls the bot from a real browser, with clips for a voice. All times are milliseconds of one audio clock. */
export interface Caller {
  /** Everything the bot has sent, oldest first. */
  readonly events: readonly CallerEvent[]
  readonly pcId: string
  readonly page: Page
  /** Speaks a clip, or a file of one; resolves when its last sample is sent, with when its speech began and ended. */
  say(clip: Clip | string, options?: { delayMs?: number }): Promise<Said>
  /** Resolves with the instant at which the agent is first heard at or after `sinceMs`. Errors: it is not within `timeoutMs`. */
  waitForAgentSpeech(options?: { sinceMs?: number; timeoutMs?: number }): Promise<number>
  /** Resolves once the agent has not been heard for `forMs`. Errors: it does not stop within `timeoutMs`. */
  waitForAgentSilence(options?: { forMs?: number; timeoutMs?: number }): Promise<void>
  /** Resolves with the first event of a type at or after `sinceMs`. Errors: there is none within `timeoutMs`. */
  waitForEvent(type: string, options?: { sinceMs?: number; timeoutMs?: number }): Promise<CallerEvent>
  now(): Promise<number>
  send(message: { type: string; id?: string; data?: unknown }): Promise<void>
  /** Takes what was recorded since the last taking. */
  takeRecording(): Promise<Recording>
  /** Makes a new connection for the same call, as after a change of network. */
  reconnect(): Promise<void>
  hangUp(): Promise<void>
}

const SCRIPTS: Record<string, URL> = {
  '/page.js': new URL('page.js', import.meta.url),
  '/recorder.js': new URL('recorder.js', import.meta.url),
}
const POLL_MS = 50
const DEFAULT_TIMEOUT_MS = 20_000

/** Errors: there is no Chromium, the bot refuses the offer (its answer is in the message), no connection comes about in 20 s. */
export async function openCaller(options: CallerOptions): Promise<Caller> {
  const browser = options.browser ?? (await openBrowser())
  try {
    const caller = new PageCaller(options, browser, await browser.newPage())
    await caller.open()
    return caller
  } catch (error) {
    if (!options.browser) await browser.close()
    throw error
  }
}

/** What was waited for did not come about. */
export class WaitedInVain extends Error {}

class PageCaller implements Caller {
  readonly events: CallerEvent[] = []
  readonly page: Page
  pcId = ''
  readonly #options: CallerOptions
  readonly #browser: Browser
  #relay: LossyRelay | undefined

  constructor(options: CallerOptions, browser: Browser, page: Page) {
    this.#options = options
    this.#browser = browser
    this.page = page
  }

  async open(): Promise<void> {
    await this.page.route('http://localhost/**', async (route) => {
      const script = SCRIPTS[new URL(route.request().url()).pathname]
      if (!script) {
        return await route.fulfill({ contentType: 'text/html', body: '<script src="/page.js"></script>' })
      }
      const body = await readFile(script, 'utf8')
      return await route.fulfill({ contentType: 'text/javascript', body })
    })
    await this.page.exposeFunction('offer', (sdp: string, restart: boolean) => this.#offer(sdp, restart))
    await this.page.exposeFunction('candidates', (candidates: unknown) => this.#candidates(candidates))
    await this.page.exposeFunction('message', (atMs: number, text: string) => this.#message(atMs, text))
    await this.page.goto('http://localhost/')
    await this.#connect()
  }

  async say(clip: Clip | string, { delayMs = 0 } = {}): Promise<Said> {
    const { samples, sampleRate, speechEnd } = typeof clip === 'string' ? await readClip(clip) : clip
    const pcm = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength).toString('base64')
    const said = await this.#inPage<Said>('say', { pcm, rate: sampleRate, delayMs })
    return speechEnd === undefined ? said : { ...said, endMs: said.startMs + (speechEnd / sampleRate) * 1000 }
  }

  async waitForAgentSpeech({ sinceMs = 0, timeoutMs = DEFAULT_TIMEOUT_MS } = {}): Promise<number> {
    return await this.#waitInPage('the agent spoke', 'waitForSpeech', { sinceMs, timeoutMs })
  }

  async waitForAgentSilence({ forMs = 700, timeoutMs = DEFAULT_TIMEOUT_MS } = {}): Promise<void> {
    await this.#waitInPage(`the agent was silent for ${forMs} ms`, 'waitForSilence', { forMs, timeoutMs })
  }

  async waitForEvent(
    type: string,
    { sinceMs = 0, timeoutMs = DEFAULT_TIMEOUT_MS } = {},
  ): Promise<CallerEvent> {
    const end = performance.now() + timeoutMs
    for (;;) {
      const found = this.events.find((event) => event.type === type && event.atMs >= sinceMs)
      if (found) return found
      if (performance.now() > end)
        throw new WaitedInVain(`Waited ${timeoutMs} ms in vain until a message "${type}" came.`)
      await delay(POLL_MS)
    }
  }

  async now(): Promise<number> {
    return (await this.#clock()).nowMs
  }

  async send(message: { type: string; id?: string; data?: unknown }): Promise<void> {
    await this.#inPage('send', JSON.stringify({ label: 'rtvi-ai', id: crypto.randomUUID(), ...message }))
  }

  async takeRecording(): Promise<Recording> {
    const { first, sent, received } = await this.#inPage<{ first: number; sent: string; received: string }>(
      'takeRecording',
    )
    return { startMs: (first / RECORDING_RATE) * 1000, sent: int16(sent), received: int16(received) }
  }

  async reconnect(): Promise<void> {
    await this.#connect()
  }

  async hangUp(): Promise<void> {
    await this.#inPage('hangUp')
    await this.page.close()
    this.#relay?.close()
    if (!this.#options.browser) await this.#browser.close()
  }

  async #connect(): Promise<void> {
    const { jitterBufferTargetMs = 0, announce = true } = this.#options
    const connected = this.#inPage('connect', { jitterBufferTargetMs }).then(() => true)
    const inTime = await Promise.race([connected, delay(DEFAULT_TIMEOUT_MS).then(() => false)])
    if (!inTime)
      throw new Error(`No connection to ${this.#options.url} came about in ${DEFAULT_TIMEOUT_MS} ms.`)
    if (announce)
      await this.send({ type: 'client-ready', data: { version: '2.1.0', about: { library: 'bench' } } })
  }

  async #offer(sdp: string, restart: boolean): Promise<unknown> {
    const { url, requestData } = this.#options
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        sdp: this.#options.network ? sdp.replace(/^a=candidate:.*\r\n/gm, '') : sdp,
        type: 'offer',
        pc_id: this.pcId || null,
        restart_pc: restart,
        ...(requestData ? { requestData } : {}),
      }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text}`)
    const answer = JSON.parse(text)
    this.pcId = String(answer.pc_id)
    if (!this.#options.network) return { type: answer.type, sdp: answer.sdp }
    this.#relay?.close()
    this.#relay = await openLossyRelay(this.#options.network)
    return { type: answer.type, sdp: this.#relay.rewrite(answer.sdp) }
  }

  async #candidates(candidates: unknown): Promise<void> {
    if (this.#options.network) return
    await fetch(this.#options.url, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ pc_id: this.pcId, candidates }),
    })
  }

  #message(atMs: number, text: string): void {
    const { type, data } = JSON.parse(text)
    this.events.push({ atMs, type, data })
  }

  async #clock(): Promise<{ nowMs: number; lastSentMs: number; lastReceivedMs: number }> {
    return await this.#inPage('clock')
  }

  async #inPage<Result>(name: string, argument?: unknown): Promise<Result> {
    return await this.page.evaluate(([name, argument]) => Reflect.get(globalThis, name)(argument), [
      name,
      argument,
    ] as const)
  }

  /** The page watches its own sound: asking it again and again would take time from the bot it calls. */
  async #waitInPage(
    what: string,
    name: string,
    { timeoutMs, ...condition }: { timeoutMs: number; sinceMs?: number; forMs?: number },
  ): Promise<number> {
    const atMs = await this.#inPage<number | null>(name, { timeoutMs, ...condition })
    if (atMs === null) throw new WaitedInVain(`Waited ${timeoutMs} ms in vain until ${what}.`)
    return atMs
  }
}

async function delay(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms))
}

function int16(base64: string): Int16Array {
  const bytes = Buffer.from(base64, 'base64')
  return Int16Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readInt16LE(2 * i))
}
