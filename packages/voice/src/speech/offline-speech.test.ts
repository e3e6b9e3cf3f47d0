import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  hasRecordings,
  recording,
  silentLog,
  speechOf,
  weightsForTests,
} from '../agent/voices.test.support.ts'
import { startFlite } from './flite.ts'
import { startMoonshine } from './moonshine.ts'
import { firstAudible } from './silence.ts'
import type { Synthesizer } from './synthesizer.ts'
import type { Transcriber } from './transcriber.ts'

let flite: Synthesizer
let moonshine: Transcriber
const never = new AbortController().signal

beforeAll(async () => {
  flite = await startFlite({ log: silentLog })
  moonshine = await startMoonshine({ directory: await weightsForTests(), workers: 1, log: silentLog })
})
afterAll(async () => {
  await flite.close()
  await moonshine.close()
})

describe('offline speech', () => {
  it('understands its own voice', async () => {
    const spoken = await speechOf(flite, 'How do I use the tracking server?')
    expect(await moonshine.transcribe(spoken, 'me', never)).toMatch(/^how do i use the tracking server/i)
  })

  it('begins to sound at once, without flite’s leading silence', async () => {
    const spoken = await speechOf(flite, 'Hello.')
    expect(firstAudible(spoken) / 16).toBeLessThan(30)
  })

  it('says nothing of nothing, and hears little in silence', async () => {
    expect(await speechOf(flite, ' ')).toHaveLength(0)
    expect((await moonshine.transcribe(new Int16Array(100), 'me', never)).length).toBeLessThan(20)
    expect(await moonshine.transcribe(new Int16Array(0), 'me', never)).toBeTypeOf('string')
  })

  it('takes noise for no words', async () => {
    const noise = Int16Array.from({ length: 16_000 }, (_, i) => ((i * 7_919) % 4_001) - 2_000)
    expect(await moonshine.transcribe(noise, 'me', never)).toBe('')
  })

  it('speaks text that looks like options, and text in other scripts, without harm', async () => {
    for (const text of ['--help', '-o /etc/passwd', 'naïve café', '你好', '\u0000', '"quoted" $(x) `y`'])
      expect((await speechOf(flite, text)).length).toBeGreaterThanOrEqual(0)
  })

  it('gives up a transcription that nobody waits for', async () => {
    const controller = new AbortController()
    const given = moonshine.transcribe(new Int16Array(16_000 * 20), 'me', controller.signal)
    controller.abort(new Error('spoke on'))
    await expect(given).rejects.toThrow('spoke on')
    const spoken = await speechOf(flite, 'One two three.')
    expect(await moonshine.transcribe(spoken, 'me', never)).toMatch(/three/i)
  })

  it.skipIf(!hasRecordings)(
    'understands real people (needs Debian’s package pocketsphinx-testdata)',
    async () => {
      const sentences: [string, RegExp][] = [
        ['cards/001', /ten of clubs/i],
        ['librivox/sense_and_sensibility_01_austen_64kb-0930', /might even have been made amiable himself/i],
      ]
      for (const [name, expected] of sentences)
        expect(await moonshine.transcribe(recording(name), 'me', never)).toMatch(expected)
    },
  )

  it.skipIf(!hasRecordings)(
    'does not take speech for nothing, however it begins (needs Debian’s package pocketsphinx-testdata)',
    async () => {
      const speech = recording('cards/004')
      for (const before of [0, 3_072, 6_144]) {
        const sound = new Int16Array(before + speech.length)
        sound.set(speech, before)
        expect(await moonshine.transcribe(sound, 'me', never)).toMatch(/five/i)
      }
    },
  )
})
