import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Clip, readClip, readWav, trimmed } from './clip.ts'

const run = promisify(execFile)

/** Where Debian's package pocketsphinx-testdata keeps recordings of people. */
const PEOPLE = '/usr/share/pocketsphinx/test/data'

const QUESTIONS = [
  'What is a trace?',
  'How do I start the server?',
  'What does the judge score?',
  'Where is my data kept?',
  'How do I add a language model?',
  'What is a conversation?',
  'Why do I see no scores?',
  'What can you tell me about latency?',
]

/** Voices of espeak-ng: none of them is the bot's. */
const SYNTHETIC_VOICES = ['en-us', 'en-gb+f2', 'en-gb-scotland', 'en-us+m4']

/** Recordings of people, trimmed to their speech. Errors: they are not installed. */
export async function peopleClips(directory = PEOPLE): Promise<Clip[]> {
  if (!existsSync(directory)) {
    throw new Error(`There are no recordings of people at ${directory}: install pocketsphinx-testdata.`)
  }
  const entries = await readdir(directory, { recursive: true })
  const paths = entries.filter((path) => path.endsWith('.wav') || /^[a-z]+\.raw$/.test(path)).sort()
  const clips = await Promise.all(paths.map(async (path) => trimmed(await readClip(join(directory, path)))))
  return clips.filter(({ samples, sampleRate }) => samples.length / sampleRate < 6)
}

/** Questions about the product, spoken by espeak-ng. Errors: it is not installed. */
export async function syntheticClips(): Promise<Clip[]> {
  return await Promise.all(
    QUESTIONS.map(async (text, i) => {
      const voice = SYNTHETIC_VOICES[i % SYNTHETIC_VOICES.length] ?? 'en-us'
      return await speakSynthetically(text, voice)
    }),
  )
}

/** Any text in a voice of espeak-ng. Errors: it is not installed. */
export async function speakSynthetically(text: string, voice = 'en-us'): Promise<Clip> {
  const { stdout } = await run('espeak-ng', ['-v', voice, '-s', '150', '--stdout', text], {
    encoding: 'buffer',
    maxBuffer: 64 * 1024 * 1024,
  })
  return trimmed(readWav(`${voice}: ${text}`, stdout))
}
