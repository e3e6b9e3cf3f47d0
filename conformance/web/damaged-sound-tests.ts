import { readFileSync } from 'node:fs'
import type { RecordingContentType } from '@voxtrace/model'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { bucketMs, Envelope } from '../../packages/server/src/sound/envelope.ts'
import { soundReader } from '../../packages/server/src/sound/sound-readers.ts'
import {
  oggPages,
  opusPackets,
  twoVoices,
  wavFile,
  webmFile,
} from '../../packages/server/src/sound/test-sound.ts'

const fixtures = new URL('../../packages/server/src/sound/fixtures/', import.meta.url)
/** Of full scale; the voices have three times as much. */
const loudRms = 0.12

/** Damages a file at places that a seed chooses. */
type Damage = (file: Buffer, random: () => number) => Buffer

const wrongBits: Damage = (file, random) => {
  const damaged = Buffer.from(file)
  for (let count = 0; count < 6; count++) {
    const at = Math.floor(2000 + random() * (damaged.length - 2000))
    damaged[at] = (damaged[at] ?? 0) ^ (1 << Math.floor(random() * 8))
  }
  return damaged
}

const damages: Record<string, Damage> = {
  'cut off': (file, random) => file.subarray(0, Math.floor(file.length * (0.3 + 0.6 * random()))),
  'with bits that are wrong': wrongBits,
  'garbled in the middle': (file, random) => {
    const damaged = Buffer.from(file)
    const from = Math.floor(file.length * (0.3 + 0.4 * random()))
    for (let at = from; at < from + 400; at++) damaged[at] = Math.floor(random() * 256)
    return damaged
  },
  'with a piece missing': (file, random) => {
    const from = Math.floor(file.length * (0.3 + 0.4 * random()))
    return Buffer.concat([file.subarray(0, from), file.subarray(from + 700)])
  },
}

/** For how long each channel is loud, in milliseconds. */
type Loud = number[]

/** What is drawn of damaged sound is what a browser plays of it: as much, and in each voice. */
export function damagedSoundTests(open: (path: string) => Promise<Page>): void {
  describe('the waveform of damaged sound', () => {
    it('shows as much of each voice as the browser decodes', async () => {
      const page = await open('/')
      const opus = opusPackets(twoVoices(48_000))
      const files: { contentType: RecordingContentType; file: Buffer; withinMs: number }[] = [
        { contentType: 'audio/ogg', file: Buffer.concat(oggPages(opus, 2, 15)), withinMs: 60 },
        { contentType: 'audio/webm', file: webmFile(opus, 2), withinMs: 60 },
        { contentType: 'audio/wav', file: wavFile(twoVoices(44_100), 44_100), withinMs: 10 },
        // Decoders differ in what they make of the frames next to a damaged one.
        {
          contentType: 'audio/mpeg',
          file: readFileSync(new URL('two-voices-vbr.mp3', fixtures)),
          withinMs: 300,
        },
      ]
      const differing: unknown[] = []
      for (const { contentType, file, withinMs } of files) {
        for (const [name, damage] of Object.entries(damages)) {
          // A browser gives MP3 up where a frame says, by one bit, that it is of another rate.
          if (contentType === 'audio/mpeg' && damage === wrongBits) continue
          for (const seed of [1, 2]) {
            const damaged = damage(file, seededRandom(seed))
            const drawn = drawnLoud(contentType, damaged)
            const played = await playedLoud(page, damaged)
            if (drawn.some((ms, channel) => Math.abs(ms - (played[channel] ?? 0)) > withinMs)) {
              differing.push({ contentType, name, seed, drawn, played })
            }
          }
        }
      }
      expect(differing).toEqual([])
    })

    it('is as long as the browser plays, to the end of what an encoder was given', async () => {
      const page = await open('/')
      const file = readFileSync(new URL('two-voices-vbr.mp3', fixtures))
      for (const played of [file, file.subarray(0, file.length / 2)]) {
        const envelope = new Envelope(2, null)
        for (const sound of soundReader('audio/mpeg', 0, null).read(played)) envelope.add(sound)
        expect(envelope.durationMs).toBeCloseTo(await playedMs(page, played), -0.3)
      }
    })
  })
}

function drawnLoud(contentType: RecordingContentType, file: Buffer): Loud {
  const envelope = new Envelope(2, null)
  for (const sound of soundReader(contentType, 0, null).read(file)) envelope.add(sound)
  const { data, buckets } = envelope.take()
  return [0, 1].map((channel) => {
    const rms = Array.from(
      { length: buckets },
      (_, bucket) => data.readUInt8((bucket * 2 + channel) * 3 + 2) / 255,
    )
    return rms.filter((value) => value > loudRms).length * bucketMs
  })
}

function playedLoud(page: Page, file: Buffer): Promise<Loud> {
  return page.evaluate(
    async ([base64, loudRms, bucketMs]) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
      const sound = await new OfflineAudioContext(2, 1, 48_000).decodeAudioData(bytes.buffer)
      const bucket = (48_000 * bucketMs) / 1000
      return Array.from({ length: sound.numberOfChannels }, (_, channel) => {
        const samples = sound.getChannelData(channel)
        let loud = 0
        for (let from = 0; from + bucket <= samples.length; from += bucket) {
          const squares = samples
            .subarray(from, from + bucket)
            .reduce((sum, sample) => sum + sample * sample, 0)
          if (Math.sqrt(squares / bucket) > loudRms) loud += bucketMs
        }
        return loud
      })
    },
    [file.toString('base64'), loudRms, bucketMs] as const,
  )
}

function playedMs(page: Page, file: Buffer): Promise<number> {
  return page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
    const sound = await new OfflineAudioContext(2, 1, 48_000).decodeAudioData(bytes.buffer)
    return sound.duration * 1000
  }, file.toString('base64'))
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
