import { type Caller, type CallerEvent, WaitedInVain } from './caller.ts'
import { type Clip, withPause } from './clip.ts'
import { firstAudibleMs, type Recording, silentFromMs } from './recording.ts'

/** One question and its answer, measured from the sound alone. */
export interface MeasuredTurn {
  clip: string
  /** Last sample of speech sent to first audible sample received; undefined when cut off or not answered. */
  voiceToVoiceMs: number | undefined
  /** The agent was heard before the question had ended, or took the question for more than one. */
  cutOff: boolean
  /** Whether there was an answer at all within 6 s. */
  answered: boolean
  /** What the bot says of the turn: parts of the latency in milliseconds. */
  parts: Record<string, number>
  /** What the bot took the question for, each of its turns by itself. */
  understood: readonly string[]
}

const SETTLE_MS = 700
const ANSWER_TIMEOUT_MS = 6_000
const LISTEN_MS = 300
const SILENCE_TIMEOUT_MS = 30_000

/** Asks, hears the beginning of the answer, if there is one, and ends it by a typed word that has a short answer. */
export async function measureTurn(caller: Caller, clip: Clip): Promise<MeasuredTurn> {
  await caller.takeRecording()
  const before = caller.events.length
  const { startMs, endMs } = await caller.say(clip)
  const heard = await spoke(caller, startMs)
  if (!heard) {
    const understood = questionsOf(caller.events.slice(before))
    return {
      clip: clip.name,
      cutOff: false,
      answered: false,
      voiceToVoiceMs: undefined,
      parts: {},
      understood,
    }
  }
  // What was cut off is answered once more.
  await pause(LISTEN_MS)
  const recording = await caller.takeRecording()
  await caller.send({ type: 'send-text', data: { content: 'Goodbye.' } })
  await pause(LISTEN_MS)
  await quiet(caller)
  const heardMs = firstAudibleMs(recording.received, recording.startMs, startMs)
  if (heardMs === undefined)
    throw new Error(`The answer to "${clip.name}" was heard but is not in the recording.`)
  const spoken = turnsOf(caller.events.slice(before)).filter(({ userText }) => userText !== 'Goodbye.')
  const cutOff = heardMs < endMs || spoken.length > 1
  return {
    clip: clip.name,
    cutOff,
    answered: true,
    voiceToVoiceMs: cutOff ? undefined : heardMs - endMs,
    parts: numbersOf(spoken[0]?.parts),
    understood: spoken.map(({ userText }) => String(userText)),
  }
}

/** Asks with one pause in the middle, and tells whether the agent spoke into it. */
export async function measurePause(caller: Caller, clip: Clip, pauseMs: number): Promise<MeasuredTurn> {
  return await measureTurn(caller, withPause(clip, pauseMs))
}

/**
 * Asks, lets the agent speak for `speakMs`, and speaks into its answer. Gives the milliseconds from the first sample of the interruption to
 * silence, or undefined when there was no answer, or it was over by itself before the interruption.
 */
export async function measureBargeIn(
  caller: Caller,
  question: Clip,
  interruption: Clip,
  speakMs = 700,
): Promise<number | undefined> {
  await caller.takeRecording()
  const asked = await caller.say(question)
  if (!(await spoke(caller, asked.endMs))) return undefined
  const { startMs } = await caller.say(interruption, { delayMs: speakMs })
  await pause(LISTEN_MS)
  const recording = await caller.takeRecording()
  // What was said into the answer is answered in its turn.
  await spoke(caller, await caller.now())
  await caller.send({ type: 'send-text', data: { content: 'Goodbye.' } })
  await pause(LISTEN_MS)
  await quiet(caller)
  if (!isAudibleAround(recording, startMs)) return undefined
  const silentMs = silentFromMs(recording.received, recording.startMs, startMs, 200)
  return silentMs === undefined ? undefined : silentMs - startMs
}

async function spoke(caller: Caller, sinceMs: number): Promise<boolean> {
  try {
    await caller.waitForAgentSpeech({ sinceMs, timeoutMs: ANSWER_TIMEOUT_MS })
    return true
  } catch (error) {
    if (error instanceof WaitedInVain) return false
    throw error
  }
}

async function quiet(caller: Caller): Promise<void> {
  await caller.waitForAgentSilence({ forMs: SETTLE_MS, timeoutMs: SILENCE_TIMEOUT_MS })
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms))
}

function isAudibleAround(recording: Recording, atMs: number): boolean {
  const heardMs = firstAudibleMs(recording.received, recording.startMs, atMs - 100)
  return heardMs !== undefined && heardMs < atMs + 50
}

/** What the bot says of the turns of its caller, in their order; greetings are none. */
function turnsOf(events: readonly CallerEvent[]): Record<string, unknown>[] {
  return events.flatMap(({ type, data }) =>
    type === 'server-message' && isRecord(data) && data.kind === 'turn' && data.userText ? [data] : [],
  )
}

function questionsOf(events: readonly CallerEvent[]): string[] {
  return turnsOf(events).map(({ userText }) => String(userText))
}

/** The numbers among the values of an object. */
function numbersOf(value: unknown): Record<string, number> {
  if (!isRecord(value)) return {}
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  )
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
