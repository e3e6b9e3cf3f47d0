import type { Page } from 'playwright-core'

/** What has been heard on a page so far. */
export interface Heard {
  /** Milliseconds of sound above the threshold. */
  audibleMs: number
  /** Milliseconds since the sound was last above the threshold. */
  silentForMs: number
}

/** Makes a page listen to what it receives over WebRTC; call before it loads. */
export async function listen(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const blockMs = 20
    const threshold = 0.01
    const heard = { audibleMs: 0, lastAtMs: 0 }
    Object.assign(globalThis, { heard })
    const original = globalThis.RTCPeerConnection
    globalThis.RTCPeerConnection = class extends original {
      constructor(configuration?: RTCConfiguration) {
        super(configuration)
        this.addEventListener('track', ({ track }) => {
          const context = new AudioContext()
          const analyser = context.createAnalyser()
          analyser.fftSize = 1024
          context.createMediaStreamSource(new MediaStream([track])).connect(analyser)
          const samples = new Float32Array(analyser.fftSize)
          setInterval(() => {
            analyser.getFloatTimeDomainData(samples)
            const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length
            if (Math.sqrt(power) < threshold) return
            heard.audibleMs += blockMs
            heard.lastAtMs = performance.now()
          }, blockMs)
        })
      }
    }
  })
}

export function heardOn(page: Page): Promise<Heard> {
  return page.evaluate(() => {
    const heard: { audibleMs: number; lastAtMs: number } = Reflect.get(globalThis, 'heard')
    return { audibleMs: heard.audibleMs, silentForMs: performance.now() - heard.lastAtMs }
  })
}
