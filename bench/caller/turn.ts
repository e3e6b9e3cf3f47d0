import { type Caller, type CallerEvent, WaitedInVain } from './caller.ts'
import { type Clip, withPause } from './clip.ts'
import { firstAudibleMs, type Recording, silentFromMs } from './recording.ts'

/** One question and its answer, measured from the sound alone. */
export interface MeasuredTurn {
  clip: string
  /** Last sample of speech sent to first audible sample received; undefined when cut off or not answered. */
  voiceToVoiceMs: number | undefined
  /** The agent was heard before the question had ended. */
  cutOff: boolean
  /** Whether there was an answer at all within 15 s. */
  answered: boolean
  /** What the bot says of the turn: parts of the latency in milliseconds. */
  parts: Record<string, number>
}

const SETTLE_MS = 900
const ANSWER_TIMEOUT_MS = 15_000

/** Asks and hears the answer to its end, if there is one in 15 s. */
export async function measureTurn(caller: Caller, clip: Clip): Promise<MeasuredTurn> {
  await caller.takeRecording()
  const before = caller.events.length
  const { startMs, endMs } = await caller.say(clip)
  try {
    await caller.waitForAgentSpeech({ sinceMs: startMs, timeoutMs: ANSWER_TIMEOUT_MS })
  } catch (error) {
    if (!(error instanceof WaitedInVain)) throw error
    return { clip: clip.name, cutOff: false, answered: false, voiceToVoiceMs: undefined, parts: {} }
  }
  await caller.waitForAgentSilence({ forMs: SETTLE_MS, timeoutMs: 60_000 })
  const recording = await caller.takeRecording()
  const heardMs = firstAudibleMs(recording.received, recording.startMs, startMs)
  if (heardMs === undefined)
    throw new Error(`The answer to "${clip.name}" was heard but is not in the recording.`)
  const cutOff = heardMs < endMs
  return {
    clip: clip.name,
    cutOff,
    answered: true,
    voiceToVoiceMs: cutOff ? undefined : heardMs - endMs,
    parts: partsOf(caller.events.slice(before)),
  }
}

/** Asks with one pause in the middle, and tells whether the agent spoke into it. */
export async function measurePause(caller: Caller, clip: Clip, pauseMs: number): Promise<MeasuredTurn> {
  return await measureTurn(caller, withPause(clip, pauseMs))
}

/**
 * Asks, lets the agent speak for `speakMs`, and speaks into its answer. Gives the milliseconds from the first sample of the interruption to
 * silence, or undefined when the answer was over by itself before the interruption.
 */
export async function measureBargeIn(
  caller: Caller,
  question: Clip,
  interruption: Clip,
  speakMs = 700,
): Promise<number | undefined> {
  await caller.takeRecording()
  const asked = await caller.say(question)
  await caller.waitForAgentSpeech({ sinceMs: asked.endMs, timeoutMs: ANSWER_TIMEOUT_MS })
  const { startMs } = await caller.say(interruption, { delayMs: speakMs })
  await caller.waitForAgentSilence({ forMs: SETTLE_MS, timeoutMs: 60_000 })
  const recording = await caller.takeRecording()
  if (!isAudibleAround(recording, startMs)) return undefined
  const silentMs = silentFromMs(recording.received, recording.startMs, startMs, 300)
  return silentMs === undefined ? undefined : silentMs - startMs
}

function isAudibleAround(recording: Recording, atMs: number): boolean {
  const heardMs = firstAudibleMs(recording.received, recording.startMs, atMs - 100)
  return heardMs !== undefined && heardMs < atMs + 50
}

function partsOf(events: readonly CallerEvent[]): Record<string, number> {
  const turn = events.findLast(
    ({ type, data }) => type === 'server-message' && isRecord(data) && data.kind === 'turn',
  )
  return isRecord(turn?.data) ? numbersOf(turn.data.parts) : {}
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
