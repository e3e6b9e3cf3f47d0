import type { Page } from 'playwright-core'

/** What tests of sound need of the server and the browser that those of a file share. */
export interface HeardPages {
  /** Of the server. */
  url(): string
  /** Opens a page after it was prepared. */
  open(path: string, prepare?: (page: Page) => Promise<void>): Promise<Page>
}

/** What sounds on the page now, of each channel: the strongest frequency in Hz and its level in dB (−Infinity is silence). */
export interface HeardSound {
  hertz: number[]
  decibels: number[]
  /** Where the sound is in its recording, in seconds. */
  atSeconds: number
  paused: boolean
  /** Whether it plays from what the browser holds, and asks the server for nothing. */
  isHere: boolean
  /** Where it was set to, in seconds, in order. */
  setTo: number[]
}

/** Lets `heardSound` listen to what a page plays; to be called before the page opens. */
export async function listenToPage(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const players: {
      audio: HTMLAudioElement
      analysers: AnalyserNode[]
      context: AudioContext
      setTo: number[]
    }[] = []
    Object.assign(window, { players })
    const { Audio: NativeAudio } = window
    window.Audio = class extends NativeAudio {
      override play(): Promise<void> {
        if (!players.some(({ audio }) => audio === this)) {
          const context = new AudioContext()
          const source = context.createMediaElementSource(this)
          const splitter = context.createChannelSplitter(2)
          source.connect(splitter)
          source.connect(context.destination)
          const analysers = [0, 1].map((channel) => {
            const analyser = new AnalyserNode(context, { fftSize: 8192, smoothingTimeConstant: 0 })
            splitter.connect(analyser, channel)
            return analyser
          })
          const setTo: number[] = []
          this.addEventListener('seeking', () => setTo.push(this.currentTime))
          players.push({ audio: this, analysers, context, setTo })
        }
        return super.play()
      }
    }
  })
}

/** What the first recording that was played sounds like now; null before any was. */
export function heardSound(page: Page): Promise<HeardSound | null> {
  return page.evaluate(() => {
    interface Player {
      audio: HTMLAudioElement
      analysers: AnalyserNode[]
      context: AudioContext
      setTo: number[]
    }
    const { players } = window as unknown as { players: Player[] }
    const [player] = players
    if (!player) return null
    const { audio, analysers, context, setTo } = player
    const measured = analysers.map((analyser) => {
      const levels = new Float32Array(analyser.frequencyBinCount)
      analyser.getFloatFrequencyData(levels)
      const loudest = levels.reduce((best, level, bin) => (level > (levels[best] ?? 0) ? bin : best), 1)
      return { hertz: (loudest * context.sampleRate) / analyser.fftSize, level: levels[loudest] ?? 0 }
    })
    return {
      hertz: measured.map(({ hertz }) => hertz),
      decibels: measured.map(({ level }) => level),
      atSeconds: audio.currentTime,
      paused: audio.paused,
      isHere: audio.src.startsWith('blob:'),
      setTo,
    }
  })
}

/** Does to the first recording that was played what the browser does of itself. */
export function ofSound(page: Page, act: 'play' | 'pause'): Promise<void> {
  return page.evaluate(async (act) => {
    const { players } = window as unknown as { players: { audio: HTMLAudioElement }[] }
    await players[0]?.audio[act]()
  }, act)
}
