import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import type { Clip } from '../../bench/caller/clip.ts'
import { encodeWav } from '../../packages/voice/src/speech/wav.ts'
import { newDirectory } from './product.ts'

/** Gives a page a microphone that is silent until `say` speaks into it; call before it loads. */
export async function giveMicrophone(page: Page): Promise<void> {
  await page.addInitScript(() => {
    let context: AudioContext | undefined
    let microphone: MediaStreamAudioDestinationNode | undefined
    const open = () => {
      context ??= new AudioContext()
      microphone ??= context.createMediaStreamDestination()
      return { context, microphone }
    }
    navigator.mediaDevices.getUserMedia = async () => open().microphone.stream.clone()
    Object.assign(globalThis, {
      async speak(pcm: string, rate: number) {
        const { context, microphone } = open()
        await context.resume()
        const bytes = Uint8Array.from(atob(pcm), (character) => character.charCodeAt(0))
        const samples = new Int16Array(bytes.buffer)
        const buffer = context.createBuffer(1, samples.length, rate)
        buffer.copyToChannel(
          Float32Array.from(samples, (sample) => sample / 32768),
          0,
        )
        const source = context.createBufferSource()
        source.buffer = buffer
        source.connect(microphone)
        source.start()
        await new Promise((resolve) => {
          source.onended = resolve
        })
      },
    })
  })
}

/** Speaks a clip into the page's microphone; resolves when its last sample is sent. */
export async function say(page: Page, { samples, sampleRate }: Clip): Promise<void> {
  const pcm = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength).toString('base64')
  await page.evaluate(([pcm, rate]) => Reflect.get(globalThis, 'speak')(pcm, rate), [
    pcm,
    sampleRate,
  ] as const)
}

/** Writes a WAV file of silence, the clip, and silence again, for a browser to take as its microphone. */
export function microphoneFile(clip: Clip, beforeMs: number, afterMs: number): string {
  const { samples, sampleRate } = clip
  const count = (ms: number) => Math.round((ms * sampleRate) / 1000)
  const all = new Int16Array(count(beforeMs) + samples.length + count(afterMs))
  all.set(samples, count(beforeMs))
  const path = join(newDirectory(), 'microphone.wav')
  writeFileSync(path, encodeWav({ samples: all, sampleRate }))
  return path
}
