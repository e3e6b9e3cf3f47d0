/**
 * How soon a click on the waveform of a long recording is heard, in headless Chromium with a real server: from the press of the pointer until
 * the tone of that place sounds. Places are near the beginning, in the middle and near the end, each in turn while it plays. The first round
 * begins as soon as the page is there; the others when it has had time to fetch what it fetches behind what goes on.
 *
 *     npm run bench:recording-seek -- [--only NAME] [--rounds 4] [--latency-ms 0]
 *
 * It needs the built web app (`npm run build`) and, for MP3, LAME. Chromium is the one that VOXTRACE_CHROMIUM names, else Debian's.
 * With --latency-ms every answer of the server takes so much longer, as over a network.
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type EncodableSpan, encodeTraceRequest } from '@voxtrace/protocol/otlp/encode'
import { startServer } from '@voxtrace/server'
import type { Browser, Page } from 'playwright-core'
import { openBrowser } from './caller/browser.ts'
import { startBenchDatabase } from './ingest/database.ts'
import {
  type LongSound,
  mp3Sound,
  oggSound,
  sectionSeconds,
  wavSound,
  webmSound,
} from './recording/long-sound.ts'
import { type ListenedPage, listenForTones } from './recording/tone-listener.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string', default: '4' },
    'latency-ms': { type: 'string', default: '0' },
  },
})
const rounds = Number(values.rounds)
const latencyMs = Number(values['latency-ms'])
const settleMs = 1500
const growEveryMs = 300
const growBytes = 4000

const sounds: Record<string, () => LongSound> = {
  ogg: () => oggSound('an hour of Opus in Ogg', 60),
  growing: () => oggSound('an hour of Opus in Ogg that grows', 60),
  'large-ogg': () => oggSound('two hours of Opus in Ogg', 120),
  'large-webm': () => webmSound('two hours of Opus in WebM', 120),
  'large-mp3': () => mp3Sound('80 minutes of MP3', 80, 160),
  wav: () => wavSound('an hour of WAV', 60),
}

const postgres = await startBenchDatabase(undefined)
const artifactDirectory = await mkdtemp(join(tmpdir(), 'voxtrace-bench-artifacts-'))
const server = await startServer({
  host: '127.0.0.1',
  port: 0,
  databaseUrl: await postgres.create('bench_recording_seek'),
  artifactDirectory,
  webDirectory: join(import.meta.dirname, '..', 'packages', 'web', 'dist'),
  botUrl: null,
  version: '0.0.0',
  log: { debug() {}, info() {}, warn: console.warn, error: console.error },
})
const browser = await openBrowser()
try {
  for (const [name, make] of Object.entries(sounds)) {
    if (values.only === undefined || values.only.split(',').includes(name)) {
      await measure(browser, make(), name === 'growing')
    }
  }
} finally {
  await browser.close()
  await server.close()
  await postgres.stop()
  await rm(artifactDirectory, { recursive: true, force: true })
}

async function measure(browser: Browser, sound: LongSound, grows: boolean): Promise<void> {
  const traceId = randomBytes(16).toString('hex')
  const startNs = BigInt(Date.now() - sound.seconds * 1000) * 1_000_000n
  await sendTrace(traceId, startNs, sound.seconds)
  const path = `/api/voxtrace/traces/tr-${traceId}/recordings/call`
  const facts = `start_time_unix_nano=${startNs}&channels=user,agent`
  const known = grows ? sound.bytes.subarray(0, sound.bytes.length - 500 * growBytes) : sound.bytes
  await upload(
    grows ? `${path}/chunks?offset=0&${facts}` : `${path}?${facts}`,
    grows ? 'POST' : 'PUT',
    sound.contentType,
    known,
  )
  await drawn(path)
  let at = known.length
  let growing = Promise.resolve()
  const timer = grows
    ? setInterval(() => {
        const part = sound.bytes.subarray(at, at + growBytes)
        const offset = at
        at += part.length
        growing = growing.then(() =>
          upload(`${path}/chunks?offset=${offset}`, 'POST', sound.contentType, part),
        )
      }, growEveryMs)
    : undefined
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  const page = await context.newPage()
  let asked = 0
  page.on('request', (request) => {
    if (request.url().includes('/audio')) asked++
  })
  if (latencyMs > 0) {
    await page.route('**/*', async (route) => {
      await new Promise((resolve) => setTimeout(resolve, latencyMs))
      await route.continue()
    })
  }
  const listened = await listenForTones(page)
  await page.goto(`${server.url}/traces/tr-${traceId}?t=5`)
  await page.getByRole('button', { name: 'Play' }).waitFor()
  const [first, ...others] = await clickAround(page, listened, sound)
  await context.close()
  clearInterval(timer)
  await growing
  const load = loadavg().map((load) => load.toFixed(1))
  console.log(
    `${sound.name}, ${(sound.bytes.length / 1e6).toFixed(0)} MB (load ${load.join(' ')}, ${asked} requests for sound)`,
  )
  for (const [when, times] of Object.entries({ 'at once': [first ?? []], later: others })) {
    const all = times.flat().toSorted((a, b) => a - b)
    const places = ['head', 'middle', 'end'].map(
      (place, index) => `${place} ${times.map((round) => round[index]?.toFixed(0)).join(' ')}`,
    )
    console.log(
      `  ${when}: median ${all[Math.floor(all.length / 2)]?.toFixed(0)} ms, most ${all.at(-1)?.toFixed(0)} ms; ${places.join('; ')}`,
    )
  }
}

/** Each round's times from click to sound, in milliseconds: near the beginning, in the middle and near the end. */
async function clickAround(page: Page, listened: ListenedPage, sound: LongSound): Promise<number[][]> {
  const lane = page.locator('.voice-lane .axis').first()
  const { width } = (await lane.boundingBox()) ?? { width: 0 }
  await page.keyboard.press('Space')
  let tone = await inTime(listened.sounding())
  const times: number[][] = []
  const sections = sound.seconds / sectionSeconds
  for (let round = 0; round < rounds; round++) {
    const own: number[] = []
    for (const section of [1, Math.round(sections / 2), sections - 4]) {
      // A section of the other tone than the one that sounds.
      const wanted = section % 2 === (tone === 'low' ? 1 : 0) ? section : section + 1
      const seconds = (wanted + 0.3 + 0.1 * round) * sectionSeconds
      const heard = listened.heardAfterPress(tone === 'low' ? 'high' : 'low')
      await lane.click({ position: { x: (width * seconds) / sound.seconds, y: 5 } })
      own.push(await inTime(heard))
      tone = tone === 'low' ? 'high' : 'low'
      await page.waitForTimeout(round === 0 ? 300 : settleMs)
    }
    times.push(own)
    if (round === 0) await page.waitForTimeout(4 * settleMs)
  }
  return times
}

async function inTime<Result>(wanted: Promise<Result>): Promise<Result> {
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error('Nothing was heard for a minute.')), 60_000).unref()
  })
  return Promise.race([wanted, late])
}

/** Resolves when the whole of the sound has been read for its waveform. */
async function drawn(path: string): Promise<void> {
  for (;;) {
    const answer = await fetch(`${server.url}${path}/waveform?bucket_ms=60000`)
    const { upToDate, problem } = await answer.json()
    if (problem !== null) throw new Error(`The sound cannot be read: ${problem}`)
    if (upToDate) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

async function upload(path: string, method: string, contentType: string, bytes: Buffer): Promise<void> {
  const answer = await fetch(server.url + path, {
    method,
    headers: { 'content-type': contentType },
    body: new Uint8Array(bytes),
  })
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`)
}

async function sendTrace(traceId: string, startNs: bigint, seconds: number): Promise<void> {
  const span = (id: number, name: string, fromSeconds: number, toSeconds: number): EncodableSpan => ({
    traceId,
    spanId: id.toString(16).padStart(16, '0'),
    parentSpanId:
      id === 1
        ? null
        : Math.min(2, id - 1)
            .toString(16)
            .padStart(16, '0'),
    name,
    startTimeUnixNano: startNs + BigInt(fromSeconds) * 1_000_000_000n,
    endTimeUnixNano: startNs + BigInt(toSeconds) * 1_000_000_000n,
    status: { code: 'OK', message: '' },
    attributes:
      name === 'turn' ? { 'turn.number': 1, 'turn.user_text': 'Hello.', 'turn.agent_text': 'Hello.' } : {},
  })
  const spans = [
    span(1, 'conversation', 0, seconds),
    span(2, 'turn', 1, seconds - 1),
    span(3, 'user_speech', 1, 2),
    span(4, 'agent_speech', 3, seconds - 1),
  ]
  const response = await fetch(`${server.url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf', 'x-mlflow-experiment-id': '0' },
    body: new Uint8Array(
      encodeTraceRequest(spans, { 'service.name': 'bench' }, { name: 'bench', version: '1' }),
    ),
  })
  if (!response.ok) throw new Error(`POST /v1/traces answered ${response.status}: ${await response.text()}`)
}
