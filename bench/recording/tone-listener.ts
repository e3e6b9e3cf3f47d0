import type { Page } from 'playwright-core'

type Tone = 'low' | 'high'

/** A page whose sound is listened to for the tones of `long-sound.ts`. */
export interface ListenedPage {
  /** Resolves with the tone that sounds, once one does. */
  sounding(): Promise<Tone>
  /** Resolves, once the tone sounds, with the milliseconds since the last press of the pointer; to be asked before it is pressed. */
  heardAfterPress(tone: Tone): Promise<number>
}

/** To be called before the page opens. */
export async function listenForTones(page: Page): Promise<ListenedPage> {
  await page.addInitScript(() => {
    const analysers: AnalyserNode[] = []
    const heard = { pressedAt: Number.NaN }
    addEventListener('pointerdown', () => (heard.pressedAt = performance.now()), { capture: true })
    const { Audio: NativeAudio } = window
    const known = new WeakSet<HTMLAudioElement>()
    window.Audio = class extends NativeAudio {
      override play(): Promise<void> {
        if (!known.has(this)) {
          known.add(this)
          const context = new AudioContext()
          const analyser = new AnalyserNode(context, { fftSize: 256 })
          const source = context.createMediaElementSource(this)
          source.connect(analyser)
          source.connect(context.destination)
          analysers.push(analyser)
        }
        return super.play()
      }
    }
    /** By how often the last 256 samples, about 5 ms, cross zero. */
    const toneNow = (): string | null => {
      for (const analyser of analysers) {
        const samples = new Float32Array(analyser.fftSize)
        analyser.getFloatTimeDomainData(samples)
        if (samples.reduce((sum, sample) => sum + sample * sample, 0) < samples.length * 0.01) continue
        let crossings = 0
        for (let i = 1; i < samples.length; i++)
          if ((samples[i] ?? 0) < 0 !== (samples[i - 1] ?? 0) < 0) crossings++
        return crossings > 10 ? 'high' : 'low'
      }
      return null
    }
    const until = <Found>(look: () => Found | null): Promise<Found> =>
      new Promise((resolve) => {
        const timer = setInterval(() => {
          const found = look()
          if (found === null) return
          clearInterval(timer)
          resolve(found)
        }, 4)
      })
    Object.assign(window, {
      sounding: () => until(toneNow),
      heardAfterPress: (tone: string) => {
        heard.pressedAt = Number.NaN
        return until(() =>
          Number.isFinite(heard.pressedAt) && toneNow() === tone ? performance.now() - heard.pressedAt : null,
        )
      },
    })
  })
  return {
    sounding: () => page.evaluate(() => Reflect.get(globalThis, 'sounding')()),
    heardAfterPress: (tone) =>
      page.evaluate((tone) => Reflect.get(globalThis, 'heardAfterPress')(tone), tone),
  }
}
