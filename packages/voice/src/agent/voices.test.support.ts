import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Knowledge } from '../knowledge/knowledge.ts'
import { startFlite } from '../speech/flite.ts'
import { startMoonshine } from '../speech/moonshine.ts'
import type { Synthesizer } from '../speech/synthesizer.ts'
import type { Transcriber } from '../speech/transcriber.ts'
import { decodeWav } from '../speech/wav.ts'
import { ensureSpeechWeights } from '../speech/weights.ts'
import { InProcessCall } from './in-process-call.ts'
import type { LanguageModel } from './language-model.ts'
import { KeepingRecorder } from './recording.test.support.ts'
import { prepareLiveKit, startConversation, type Voices } from './start-conversation.ts'
import { loadTurnDetector } from './turn-end.ts'

export const silentLog = { debug() {}, info() {}, warn() {}, error() {} }

/** Recordings of real people; part of Debian's package pocketsphinx-testdata. */
const recordings = '/usr/share/pocketsphinx/test/data'
export const hasRecordings = existsSync(recordings)

export function recording(name: string): Int16Array {
  return decodeWav(readFileSync(join(recordings, `${name}.wav`))).samples
}

/** The folder of the weights, fetched once for all tests, or why they cannot be had. */
export async function weightsForTests(): Promise<string> {
  const modules = dirname(dirname(createRequire(import.meta.url).resolve('vitest/package.json')))
  return ensureSpeechWeights({ directory: join(modules, '.cache', 'voxtrace'), log: silentLog })
}

/** Speech made of text by the bot's own voice. */
export async function speechOf(voice: Synthesizer, text: string): Promise<Int16Array> {
  const samples: number[] = []
  for await (const frame of voice.synthesize(text, 'test', new AbortController().signal))
    samples.push(...frame.samples)
  return Int16Array.from(samples)
}

export const cards: Knowledge = {
  size: 1,
  embedded: 1,
  embeddingModel: 'none',
  subject: null,
  ready: Promise.resolve(),
  search: async () => [
    { id: 'p1', title: 'Cards', source: 'cards.md', text: 'A deck has fifty-two cards.', score: 0.8 },
  ],
  close: async () => {},
}

/** A language model that repeats the question in an answer of two sentences. */
export const repeating: LanguageModel = {
  model: 'repeating',
  messages: ({ text, history }) => [...history, { role: 'user', content: text }],
  async *answer({ text }) {
    const answer = `You said ${text} That is half of it.`
    for (const word of answer.split(/(?<= )/)) yield { kind: 'text', text: word }
  },
}

export interface Studio {
  transcriber: Transcriber
  flite: Synthesizer
  recorder: KeepingRecorder
  voices(changes?: Partial<Voices>): Voices
  /** A caller who has heard the greeting. */
  connect(id: string, changes?: Partial<Voices>): Promise<InProcessCall>
  close(): Promise<void>
}

export async function openStudio(): Promise<Studio> {
  prepareLiveKit()
  loadTurnDetector()
  const transcriber = await startMoonshine({ directory: await weightsForTests(), workers: 2, log: silentLog })
  const flite = await startFlite({ log: silentLog })
  const recorder = new KeepingRecorder()
  const voices = (changes: Partial<Voices> = {}): Voices => ({
    transcriber,
    synthesizer: flite,
    fallback: flite,
    languageModel: repeating,
    knowledge: cards,
    correct: (raw) => raw,
    recorder,
    greeting: 'Hi.',
    params: {},
    log: silentLog,
    ...changes,
  })
  return {
    transcriber,
    flite,
    recorder,
    voices,
    async connect(id, changes) {
      const call = new InProcessCall(id, { sessionId: `session-${id}`, userId: `user-${id}` })
      await startConversation(call, voices(changes))
      await call.until(turnEnded(0))
      return call
    },
    async close() {
      await transcriber.close()
      await flite.close()
    },
  }
}

interface Message {
  type: string
  data?: unknown
}

function field(data: unknown, key: string): unknown {
  return typeof data === 'object' && data !== null
    ? Object.entries(data).find(([name]) => name === key)?.[1]
    : undefined
}

/** Passes the message that a turn has ended. */
export function turnEnded(number: number): (message: Message) => boolean {
  return ({ type, data }) =>
    type === 'server-message' && field(data, 'kind') === 'turn' && field(data, 'number') === number
}
