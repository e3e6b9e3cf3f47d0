/**
 * How long the bot waits at true ends of turns, and how many pauses within sentences it takes for ends, without a browser and without a clock:
 * the voice activity detector, the recogniser, the end-of-turn model and the rule are the bot's own.
 *
 *     node --conditions=@voxtrace/source bench/endpointing.ts [directory of the Moonshine weights]
 *
 * Every clip is heard whole, and up to each dip in its loudness at which the words so far are the first words of the whole. Each such pause is
 * taken to last 300 to 700 ms, evenly. The rule was made by looking at these clips and voices, so that their figures are of how it fits; the
 * voices and sentences named "held out" were heard only after its thresholds were set.
 */
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { inference, initializeLogger, VADEventType } from '@livekit/agents'
import localInference from '@livekit/local-inference'
import { AudioFrame } from '@livekit/rtc-node'
import { turnTaking } from '../packages/voice/src/agent/agent-settings.ts'
import { waitMs } from '../packages/voice/src/agent/patience.ts'
import { type FinalPitch, finalPitch } from '../packages/voice/src/speech/final-pitch.ts'
import { startMoonshine } from '../packages/voice/src/speech/moonshine.ts'
import { Recognition } from '../packages/voice/src/speech/recognition.ts'
import { Resampler } from '../packages/voice/src/transport/resample.ts'
import type { Clip } from './caller/clip.ts'
import { dips } from './caller/pauses.ts'
import { peopleClips, speakSynthetically } from './caller/voices.ts'

const RATE = 16_000
const FRAME = 160
const MODEL_SAMPLES = 19_200
const LEAD_MS = 300
const SILENCE_MS = 700
const VOICES = [
  ['en-us', 'en-gb+f2'],
  ['en-gb-scotland', 'en-us+m4', 'en-us+f3'],
]
const SENTENCES = [
  'What is a trace?',
  'How do I start the server?',
  'What does the judge score?',
  'What can you tell me about latency?',
  'How can I change the port?',
  'Which models does the bot use?',
  'Does it work without the network?',
  'Tell me about the web app.',
  'Show me how to connect a client.',
  'I want to know how the judge works.',
  'My traces do not show up in the list.',
  'What happens when the server restarts?',
  'Thank you, that was very helpful.',
  'Could you repeat that more slowly?',
  'What should I do if there is no sound?',
  'I installed it yesterday and it does not start.',
  'The answer was wrong.',
  'What is the difference between a trace and a run?',
  'How do I log a metric from my own code?',
  'When was the last conversation?',
]
const HELD_OUT_VOICES = ['en-us+f3', 'en-gb-scotland', 'en-us+m4', 'en-gb+f5']
const HELD_OUT_SENTENCES = [
  'What is an assessment?',
  'How do I reset the password?',
  'Where are the weights stored?',
  'What makes a good answer?',
  'How can I export everything?',
  'Which languages can it speak?',
  'Will it work on my laptop?',
  'Tell me more about metrics.',
  'Let me hear the answer again.',
  'I want to compare two runs.',
  'There is no sound in my browser.',
  'What should I check when a trace is missing?',
  'Okay, that is all for today.',
  'Would you repeat the last part?',
  'How many calls can it take at once?',
  'It worked yesterday but today it fails.',
  'You did not answer my question.',
  'How does a judge decide between three and four?',
  'Who made this program?',
  'When will the next version come out?',
  'Are you still there?',
  'Can I write my own judge in Python?',
  'Where should I put the settings file?',
  'Wait a second.',
  'One more thing.',
  'How do I connect Pipecat to it?',
  'Please read me the first paragraph.',
  'Is my voice being recorded?',
  'Good afternoon.',
  'Why did you stop speaking?',
]

interface Heard {
  words: string
  /** Null when the bot heard no end of speech. */
  wait: number | null
}

initializeLogger({ pretty: false, level: 'silent' })
localInference.initEot()
const log = { debug() {}, info() {}, warn: console.warn, error: console.error }
const directory = process.argv[2] ?? join(homedir(), '.voxtrace/cache/moonshine-tiny')
const transcriber = await startMoonshine({ directory, workers: 2, log })
try {
  await report('people', await peopleClips())
  for (const voices of VOICES) await report(voices.join(', '), await spoken(voices, SENTENCES))
  await report(`held out: ${HELD_OUT_VOICES.join(', ')}`, await spoken(HELD_OUT_VOICES, HELD_OUT_SENTENCES))
} finally {
  await transcriber.close()
}
process.exit(0)

async function spoken(voices: readonly string[], sentences: readonly string[]): Promise<Clip[]> {
  return await Promise.all(
    sentences.map((text, i) => speakSynthetically(text, voices[i % voices.length] ?? 'en-us')),
  )
}

async function report(name: string, clips: readonly Clip[]): Promise<void> {
  const ends: number[] = []
  const pauses: number[] = []
  for (const clip of clips) {
    const samples = at16kHz(clip)
    const whole = await hear(samples)
    if (whole.wait === null) continue
    ends.push(whole.wait)
    const words = wordsOf(whole.words)
    for (const at of dips({ ...clip, samples, sampleRate: RATE })) {
      const part = await hear(samples.subarray(0, at))
      const first = wordsOf(part.words)
      const between = first.length > 0 && first.length < words.length
      if (part.wait !== null && between && first.every((word, i) => word === words[i])) pauses.push(part.wait)
    }
  }
  const shareOf = (wait: number) =>
    Math.round((100 * ends.filter((end) => end === wait).length) / ends.length)
  const waits = [...new Set(ends)].sort((a, b) => a - b)
  const cut = pauses.reduce((sum, wait) => sum + Math.min(1, Math.max(0, (700 - wait) / 400)), 0)
  console.log(
    `${name}: ${ends.length} ends waited for ${waits.map((wait) => `${wait} ms: ${shareOf(wait)} %`).join(', ')}; ` +
      `${pauses.length} pauses, cut off ${((100 * cut) / Math.max(1, pauses.length)).toFixed(1)} %`,
  )
}

/** What the bot makes of the sound when silence follows it. */
async function hear(samples: Int16Array): Promise<Heard> {
  const detector = new inference.VAD({
    model: 'silero',
    minSilenceDuration: turnTaking.minEndpointingMs,
  }).stream()
  let probability: Promise<number> | null = null
  let pitch: FinalPitch | null = null
  const finals: string[] = []
  let ends = 0
  const recognition = new Recognition({
    transcriber,
    owner: 'bench',
    correct: (raw) => raw,
    listener: {
      speechStarted: () => undefined,
      speechConfirmed: () => undefined,
      speechEnded: () => undefined,
      speechSettled: () => undefined,
      passed: () => undefined,
      pausing: (sound) => {
        probability = localInference.predict(sound.subarray(-MODEL_SAMPLES))
        pitch = finalPitch(sound)
      },
      transcribed: ({ text, final }) => {
        if (final) finals.push(text)
      },
      transcriptionFailed: ({ error }) => {
        throw error
      },
    },
  })
  const sound = inRoom(samples)
  let windowsLeft = Math.floor(sound.length / 512) - 1
  for (let at = 0; at + FRAME <= sound.length; at += FRAME)
    detector.pushFrame(new AudioFrame(sound.slice(at, at + FRAME), RATE, 1, FRAME))
  for await (const event of detector) {
    recognition.accept(event)
    if (event.type === VADEventType.END_OF_SPEECH) ends += 1
    if (event.type === VADEventType.INFERENCE_DONE) windowsLeft -= 1
    if (windowsLeft <= 0) break
  }
  while (finals.length < ends) await sleep(5)
  recognition.close()
  const words = finals.join(' ').trim()
  if (probability === null || ends === 0) return { words, wait: null }
  return { words, wait: waitMs({ probability: await probability, words, pitch }) }
}

/** The sound with a silent room around it, of about -75 dBFS. */
function inRoom(samples: Int16Array): Int16Array {
  const lead = (LEAD_MS * RATE) / 1000
  const sound = new Int16Array(lead + samples.length + (SILENCE_MS * RATE) / 1000)
  let state = 7
  for (let i = 0; i < sound.length; i++) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    sound[i] = Math.round((state / 2 ** 31 - 0.5) * 20) + (samples[i - lead] ?? 0)
  }
  return sound
}

function at16kHz({ samples, sampleRate }: Clip): Int16Array {
  return sampleRate === RATE ? samples : new Resampler(sampleRate, RATE).process(samples)
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? []
}
