/**
 * Voice-to-voice, measured from the sound itself: callers in headless Chromium speak to the bot and record what they send and what they hear on
 * one clock.
 *
 *     npm run bench:voice -- [--url http://127.0.0.1:5000/bot/api/offer [--tracking http://127.0.0.1:5000]]
 *                            [--turns 20] [--conversations 1,2,4] [--pauses 20] [--barge-ins 10] [--seed 1]
 *
 * Without --url a bot of its own is started, which records nothing and answers from the documentation. Voices: people of Debian's
 * pocketsphinx-testdata, and espeak-ng. The browser, the bot and this program share the machine.
 */
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import type { Browser } from 'playwright-core'
import { openBrowser } from './caller/browser.ts'
import { type Caller, openCaller } from './caller/caller.ts'
import type { Clip } from './caller/clip.ts'
import { startOwnBot } from './caller/own-bot.ts'
import { type MeasuredTurn, measureBargeIn, measurePause, measureTurn } from './caller/turn.ts'
import { traceIdOf, turnsOfTrace } from './caller/turns-of-trace.ts'
import { peopleClips, speakSynthetically, syntheticClips } from './caller/voices.ts'

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    tracking: { type: 'string' },
    turns: { type: 'string', default: '20' },
    conversations: { type: 'string', default: '1,2,4' },
    pauses: { type: 'string', default: '20' },
    'barge-ins': { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
  },
})

const PAUSE_MS = { shortest: 300, longest: 700 }
const LONG_ANSWER = 'Tell me what a trace is and how it is made.'
const INTERRUPTION = 'Stop. Wait a moment please, I have another question.'

const random = seededRandom(Number(values.seed))
const people = await peopleClips()
const synthetic = await syntheticClips()
const clips = people.flatMap((clip, i) => [clip, ...synthetic.slice(i, i + 1)])
const levels = values.conversations.split(',').map(Number)

console.log(
  `${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.version}, ${people.length} clips of people, ${synthetic.length} synthetic`,
)

const bot = values.url ? undefined : await startOwnBot(Math.max(...levels) + 1)
const url = values.url ?? bot?.offerUrl ?? ''
const browser = await openBrowser()
try {
  for (const level of levels) await benchLevel(browser, level)
  await benchPauses(browser)
  await benchBargeIn(browser)
} finally {
  await browser.close()
  await bot?.close()
}

async function benchLevel(browser: Browser, conversations: number): Promise<void> {
  const turnsEach = Math.ceil(Number(values.turns) / conversations)
  const callers = await Promise.all(Array.from({ length: conversations }, () => greetedCaller(browser)))
  const measured = await Promise.all(
    callers.map(async (caller, i) => {
      const turns: MeasuredTurn[] = []
      for (let turn = 0; turn < turnsEach; turn++) {
        turns.push(await measureTurn(caller, pick(clips, i * turnsEach + turn)))
        await pause(random() * 300)
      }
      return turns
    }),
  )
  const turns = measured.flat()
  const times = turns.flatMap(({ voiceToVoiceMs }) => (voiceToVoiceMs === undefined ? [] : [voiceToVoiceMs]))
  console.log(`\n${conversations} at once: voice-to-voice ${summary(times)}, cut off ${share(turns)}`)
  if (conversations === 1) {
    const names = new Set(people.map(({ name }) => name))
    const of = (wanted: boolean) =>
      turns.flatMap(({ clip, voiceToVoiceMs }) =>
        names.has(clip) === wanted && voiceToVoiceMs !== undefined ? [voiceToVoiceMs] : [],
      )
    console.log(`  people ${summary(of(true))}; synthetic ${summary(of(false))}`)
  }
  for (const turn of turns) console.log(`    ${lineOf(turn)}`)
  await printParts(callers, turns)
  for (const caller of callers) await caller.hangUp()
}

async function printParts(callers: readonly Caller[], turns: readonly MeasuredTurn[]): Promise<void> {
  if (!values.tracking) {
    printPartTable(
      'as the bot tells them',
      turns.map(({ parts }) => parts),
    )
    return
  }
  const traced: Record<string, number>[] = []
  for (const caller of callers) {
    const traceId = traceIdOf(caller.events)
    if (traceId) traced.push(...(await turnsOfTrace(values.tracking, traceId)))
  }
  printPartTable('from the traces', traced)
  traced.forEach((parts, i) => {
    console.log(
      `    turn ${i}: ${Object.entries(parts)
        .map(([name, ms]) => `${name} ${Math.round(ms)}`)
        .join(', ')}`,
    )
  })
}

function printPartTable(source: string, turns: readonly Record<string, number>[]): void {
  const names = [...new Set(turns.flatMap((parts) => Object.keys(parts)))]
  if (names.length === 0) return
  console.log(`  parts ${source}, ms:`)
  for (const name of names) {
    const times = turns.flatMap((parts) => parts[name] ?? [])
    console.log(`    ${name.padEnd(20)} ${summary(times)}`)
  }
}

/** Utterances with one pause in the middle: how many of them the agent spoke into. People and synthetic voices call at once. */
async function benchPauses(browser: Browser): Promise<void> {
  const count = Math.ceil(Number(values.pauses) / 2)
  if (count === 0) return
  const { shortest, longest } = PAUSE_MS
  const lines = await Promise.all(
    Object.entries({ people, synthetic }).map(async ([kind, of]) => {
      const long = of.filter(({ samples, sampleRate }) => samples.length / sampleRate > 1)
      const turns: MeasuredTurn[] = []
      const caller = await greetedCaller(browser)
      for (let i = 0; i < count; i++) {
        const pauseMs = Math.round(shortest + random() * (longest - shortest))
        turns.push(await measurePause(caller, pick(long, i), pauseMs))
      }
      await caller.hangUp()
      const cut = turns.filter(({ cutOff }) => cutOff).map((turn) => `\n    ${lineOf(turn)}`)
      return `\nwith a pause of ${shortest} to ${longest} ms, ${kind}: cut off ${share(turns)}${cut.join('')}`
    }),
  )
  console.log(lines.join(''))
}

async function benchBargeIn(browser: Browser): Promise<void> {
  const count = Number(values['barge-ins'])
  if (count === 0) return
  const question = await speakSynthetically(LONG_ANSWER)
  const interruption = await speakSynthetically(INTERRUPTION, 'en-gb')
  const times: number[] = []
  const caller = await greetedCaller(browser)
  for (let i = 0; i < count; i++) {
    const ms = await measureBargeIn(caller, question, interruption)
    if (ms !== undefined) times.push(ms)
  }
  await caller.hangUp()
  console.log(`\nbarge-in to silence: ${summary(times)}`)
}

/** A caller who has heard the greeting out, if there is one. */
async function greetedCaller(browser: Browser): Promise<Caller> {
  const caller = await openCaller({ url, browser, requestData: { sessionId: crypto.randomUUID() } })
  await caller.waitForAgentSpeech({ timeoutMs: 10_000 })
  await caller.waitForAgentSilence({ forMs: 1_000 })
  return caller
}

function pick(of: readonly Clip[], index: number): Clip {
  const clip = of[index % of.length]
  if (!clip) throw new Error('There are no clips to speak.')
  return clip
}

function lineOf({ clip, voiceToVoiceMs, cutOff, answered, understood }: MeasuredTurn): string {
  const time = voiceToVoiceMs === undefined ? undefined : `${Math.round(voiceToVoiceMs)} ms`
  const outcome = time ?? (cutOff ? 'cut off' : answered ? 'heard' : 'not answered')
  return `${clip}: ${outcome}, understood as ${understood.map((text) => JSON.stringify(text)).join(' and ') || 'nothing'}`
}

function share(turns: readonly MeasuredTurn[]): string {
  const cut = turns.filter(({ cutOff }) => cutOff).length
  const unanswered = turns.filter(({ answered }) => !answered).map(({ clip }) => clip)
  const silence = unanswered.length > 0 ? `, not answered ${unanswered.length}: ${unanswered.join('; ')}` : ''
  return `${cut} of ${turns.length} (${Math.round((100 * cut) / turns.length)} %)${silence}`
}

function summary(times: readonly number[]): string {
  if (times.length === 0) return 'none'
  const sorted = times.toSorted((a, b) => a - b)
  // The nearest rank: of 20 times, the 95th percentile is the 19th.
  const at = (quantile: number) =>
    Math.round(sorted[Math.max(0, Math.ceil(quantile * sorted.length) - 1)] ?? 0)
  return `p50 ${at(0.5)} p95 ${at(0.95)} (n=${times.length}, ${at(0)} to ${at(1)})`
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms))
}

function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return state / 2 ** 31
  }
}
