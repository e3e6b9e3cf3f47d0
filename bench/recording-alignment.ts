/**
 * Whether a long recording stays on the clock of its trace, over the real transport: a caller in headless Chromium asks aloud again and again
 * and records what is sent and heard on one clock; afterwards each question is looked for in the user's lane of the recording, and each answer
 * in the agent's. A lag that is always the same is the way of the sound between page and bot; what it changes by over the call is drift. What
 * the browser holds the answers back for, which it tells, is taken off. How far each span `agent_speech` begins from its sound in the recording
 * is told too.
 *
 *     npm run bench:recording-alignment -- [--minutes 20] [--pause-ms 4000]
 *
 * Server, bot, browser and this program share the machine, and so the clock behind all of theirs. Voices: espeak-ng.
 */
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { openCaller } from './caller/caller.ts'
import { lagIn, quantile, slopeOf } from './caller/lag.ts'
import { startOwnBot } from './caller/own-bot.ts'
import { firstAudibleMs, RECORDING_RATE } from './caller/recording.ts'
import { isRecord } from './caller/turn.ts'
import { traceIdOf } from './caller/turns-of-trace.ts'
import { syntheticClips } from './caller/voices.ts'
import { startBenchDatabase } from './ingest/database.ts'
import { startOwnServer } from './ingest/own-server.ts'

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '20' }, 'pause-ms': { type: 'string', default: '4000' } },
})
const lengthMs = Number(values.minutes) * 60_000
const pauseMs = Number(values['pause-ms'])
/** How much of a question or an answer is looked for. */
const SOUGHT_MS = 1_000
const MOST_LAG_MS = 300
const LEAST_LIKENESS = 0.6
/** After so many questions in a row without an answer the call is over. */
const MOST_UNANSWERED = 5
const MS_PER_HOUR = 3_600_000

/** Sound of one side as the caller's page had it, and when, in milliseconds since the epoch. */
interface Sample {
  atMs: number
  samples: Int16Array
  /** How long the browser had kept it, in milliseconds. */
  heldMs: number
}
interface ScriptedPage {
  evaluate(script: string): Promise<unknown>
}
const asked: Sample[] = []
const heard: Sample[] = []

const postgres = await startBenchDatabase(undefined)
const server = await startOwnServer(await postgres.create('bench_recording_alignment'))
const bot = await startOwnBot(1, server.url)
try {
  const clips = await syntheticClips()
  const caller = await openCaller({ url: bot.offerUrl })
  await caller.waitForAgentSpeech()
  await caller.waitForAgentSilence()
  const traceId = traceIdOf(caller.events)
  if (traceId === undefined) throw new Error('The bot has told no trace.')
  const began = performance.now()
  let unanswered = 0
  for (let round = 0; performance.now() - began < lengthMs && unanswered < MOST_UNANSWERED; round++) {
    const clip = clips[round % clips.length]
    if (!clip) throw new Error('There are no clips.')
    await caller.takeRecording()
    const before = await jitterBuffer(caller.page)
    const { startMs, endMs } = await caller.say(clip)
    const answerMs = await caller.waitForAgentSpeech({ sinceMs: endMs, timeoutMs: 6_000 }).catch(() => null)
    unanswered = answerMs === null ? unanswered + 1 : 0
    await pause(SOUGHT_MS)
    const after = await jitterBuffer(caller.page)
    // What is typed cuts the answer off, and has a short one.
    await caller.send({ type: 'send-text', data: { content: 'Goodbye.' } })
    await pause(SOUGHT_MS)
    await caller.waitForAgentSilence({ timeoutMs: 60_000 })
    const recording = await caller.takeRecording()
    const epochMs = await epochOfAudio(caller.page)
    const take = (side: Int16Array, fromMs: number): Sample => {
      const from = Math.round(((fromMs - recording.startMs) * RECORDING_RATE) / 1000)
      const samples = side.slice(from, from + (SOUGHT_MS * RECORDING_RATE) / 1000)
      return { atMs: fromMs + epochMs, samples, heldMs: 0 }
    }
    asked.push(take(recording.sent, startMs))
    const fromMs =
      answerMs === null ? undefined : firstAudibleMs(recording.received, recording.startMs, endMs)
    if (fromMs !== undefined) {
      const heldMs = ((after.delaySeconds - before.delaySeconds) / (after.samples - before.samples)) * 1000
      heard.push({ ...take(recording.received, fromMs), heldMs })
    }
    await pause(pauseMs)
  }
  if (unanswered === MOST_UNANSWERED)
    console.log('The bot no longer answers: the call is measured up to here.')
  await caller.hangUp()
  await report(traceId)
} finally {
  await bot.close()
  await server.stop()
  await postgres.stop()
}

/** What the browser has held received sound back for so far, and how much of it (W3C webrtc-stats). */
async function jitterBuffer(page: ScriptedPage): Promise<{ delaySeconds: number; samples: number }> {
  const held: unknown = await page.evaluate(`(async () => {
    const inbound = (await window.stats()).find(({ type }) => type === 'inbound-rtp')
    return { delaySeconds: inbound.jitterBufferDelay, samples: inbound.jitterBufferEmittedCount }
  })()`)
  if (!isRecord(held)) throw new Error('The browser tells nothing of what it receives.')
  return { delaySeconds: Number(held.delaySeconds), samples: Number(held.samples) }
}

/** What to add to a time of the page's sound to have milliseconds since the epoch. The clock of sound moves in steps: the furthest counts. */
async function epochOfAudio(page: ScriptedPage): Promise<number> {
  const least = await page.evaluate(`(async () => {
    let least = Infinity
    const end = performance.now() + 300
    while (performance.now() < end) {
      least = Math.min(least, performance.timeOrigin + performance.now() - window.clock().nowMs)
      await new Promise((resolve) => setTimeout(resolve, 0))
    }
    return least
  })()`)
  return Number(least)
}

async function report(traceId: string): Promise<void> {
  const path = `${server.url}/api/voxtrace/traces/${traceId}`
  const { recording, spans } = await ended(path)
  const startMs = Number(BigInt(String(recording.startTimeUnixNano)) / 1000n) / 1000
  const lane = async (side: 'user' | 'agent', atMs: number, beforeMs: number, afterMs: number) => {
    const fromMs = Math.max(0, Math.round(atMs - startMs - beforeMs))
    const query = `from_ms=${fromMs}&to_ms=${Math.round(atMs - startMs + afterMs)}`
    const answer = await fetch(`${path}/recordings/${recording.recordingId}/clip?${query}`)
    // The recording ended before.
    if (answer.status === 422) return null
    if (!answer.ok) throw new Error(`the clip answered ${answer.status}: ${await answer.text()}`)
    const wav = Buffer.from(await answer.arrayBuffer())
    const channel = side === 'user' ? 0 : 1
    const samples = Int16Array.from({ length: (wav.length - 44) / 4 }, (_, i) =>
      wav.readInt16LE(44 + 4 * i + 2 * channel),
    )
    return { samples, atMs: startMs + fromMs }
  }
  const lagsOf = async (side: 'user' | 'agent', sought: readonly Sample[]) => {
    const lags: { x: number; y: number }[] = []
    for (const { atMs, samples, heldMs } of sought) {
      const track = await lane(side, atMs, MOST_LAG_MS, SOUGHT_MS + MOST_LAG_MS)
      if (track === null) continue
      const { lagMs, likeness } = lagIn(track.samples, samples, atMs - track.atMs, MOST_LAG_MS)
      if (likeness >= LEAST_LIKENESS) lags.push({ x: atMs, y: lagMs + heldMs })
    }
    return { lags, of: sought.length }
  }
  const speeches = spans.filter(({ name }) => name === 'agent_speech')
  const starts: { x: number; y: number }[] = []
  for (const { startTimeUnixNano } of speeches) {
    const atMs = Number(BigInt(String(startTimeUnixNano)) / 1000n) / 1000
    const track = await lane('agent', atMs, 60, 700)
    if (track === null) continue
    const first = firstAudibleMs(track.samples, track.atMs, 0)
    if (first !== undefined) starts.push({ x: atMs, y: first - atMs })
  }
  console.log(
    `${(Number(recording.durationMs) / 60_000).toFixed(1)} min recorded, load ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')}`,
  )
  print('user', await lagsOf('user', asked))
  print('agent', await lagsOf('agent', heard))
  print('agent_speech to its sound', { lags: starts, of: speeches.length })
}

function print(name: string, { lags, of }: { lags: readonly { x: number; y: number }[]; of: number }): void {
  const slope = slopeOf(lags)
  const [first] = lags
  const apart = lags.map(({ x, y }) => y - slope * (x - (first?.x ?? 0)))
  const middle = quantile(apart, 0.5)
  const at = (share: number) => (quantile(apart, share) - middle).toFixed(1)
  console.log(
    `${name}: ${lags.length} of ${of} found; lag ${middle.toFixed(1)} ms, drift ${(slope * MS_PER_HOUR).toFixed(1)} ms an hour; ` +
      `around it ${at(0)} to ${at(1)} ms, nine tenths ${at(0.05)} to ${at(0.95)}`,
  )
}

/** The trace and its recording once the sound has been read to its end. */
async function ended(
  path: string,
): Promise<{ recording: Record<string, unknown>; spans: Record<string, unknown>[] }> {
  for (;;) {
    const isRead = await isDrawn(`${path}/recordings/call`)
    const { recordings } = await (await fetch(`${path}/recordings`)).json()
    const [recording] = recordings
    if (isRecord(recording) && recording.complete === true && isRead) {
      const { spans } = await (await fetch(path)).json()
      return { recording, spans }
    }
    await pause(500)
  }
}

async function isDrawn(path: string): Promise<boolean> {
  const { upToDate } = await (await fetch(`${path}/waveform?bucket_ms=60000`)).json()
  return upToDate
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms))
}
