// Holds the call of call.json with a LiveKit agent: its own session, turn taking and OpenAI plugin, and a caller who
// speaks tones. Only the caller, the ear for tones and the far end of the services are ours.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { ReadableStream } from 'node:stream/web'
import { setTimeout as sleep } from 'node:timers/promises'
import { initializeLogger, llm, telemetry, VAD, VADEventType, VADStream, voice } from '@livekit/agents'
import * as openai from '@livekit/agents-plugin-openai'
import { AudioFrame } from '@livekit/rtc-node'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { detectResources, envDetector } from '@opentelemetry/resources'
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { z } from 'zod'

const call = JSON.parse(readFileSync(process.env.VOXTRACE_CALL, 'utf8'))
const rate = 16_000
const frameMs = 20
const samples = (rate * frameMs) / 1000
const endSilenceMs = 200
const tone = Int16Array.from({ length: samples }, (_, at) => 20_000 * Math.sin(at * 0.3))
const silence = new Int16Array(samples)

/** Takes a tone for speech. */
class ToneEar extends VAD {
  label = 'ToneEar'

  constructor() {
    super({ updateInterval: frameMs })
  }

  stream() {
    return new ToneStream(this)
  }
}

class ToneStream extends VADStream {
  #heard = []
  #speechMs = 0
  #silenceMs = 0
  #index = 0

  constructor(ear) {
    super(ear)
    void this.#listen()
  }

  async #listen() {
    for (;;) {
      const { done, value } = await this.inputReader.read()
      if (done) return
      if (!(value instanceof AudioFrame)) {
        this.#forget()
        continue
      }
      this.#index += value.samplesPerChannel
      if (value.data.some((sample) => sample !== 0)) {
        this.#heard.push(value)
        this.#silenceMs = 0
        this.#speechMs += frameMs
        if (this.#speechMs === frameMs) this.#tell(VADEventType.START_OF_SPEECH)
      } else if (this.#speechMs > 0) {
        this.#heard.push(value)
        this.#silenceMs += frameMs
        if (this.#silenceMs >= endSilenceMs) {
          this.#tell(VADEventType.END_OF_SPEECH)
          this.#forget()
        }
      }
      this.#tell(VADEventType.INFERENCE_DONE)
    }
  }

  #forget() {
    this.#heard = []
    this.#speechMs = 0
    this.#silenceMs = 0
  }

  #tell(type) {
    this.sendVADEvent({
      type,
      samplesIndex: this.#index,
      timestamp: Date.now(),
      speechDuration: this.#speechMs,
      silenceDuration: this.#silenceMs,
      frames: [...this.#heard],
      probability: this.#speechMs > 0 ? 1 : 0,
      inferenceDuration: 0,
      speaking: this.#speechMs > 0,
      rawAccumulatedSilence: this.#silenceMs,
      rawAccumulatedSpeech: this.#speechMs,
    })
  }
}

/** Gives silence, and a tone while the caller speaks. */
class Microphone extends voice.AudioInput {
  #speaking = false
  #nextMs = Date.now()

  constructor() {
    super()
    const microphone = this
    this.multiStream.addInputStream(
      new ReadableStream({
        async pull(controller) {
          microphone.#nextMs += frameMs
          await sleep(Math.max(0, microphone.#nextMs - Date.now()))
          controller.enqueue(new AudioFrame(microphone.#speaking ? tone : silence, rate, 1, samples))
        },
      }),
    )
  }

  async say(ms) {
    this.#speaking = true
    await sleep(ms)
    this.#speaking = false
  }
}

/** Lets the time pass that the audio lasts. */
class Loudspeaker extends voice.AudioOutput {
  #ms = 0
  #beganMs = 0
  #playing = null

  constructor() {
    super(undefined, undefined, { pause: false })
  }

  async captureFrame(frame) {
    await super.captureFrame(frame)
    if (this.#ms === 0) {
      this.#beganMs = Date.now()
      this.onPlaybackStarted(this.#beganMs)
      this.emit('started')
    }
    this.#ms += (frame.samplesPerChannel / frame.sampleRate) * 1000
  }

  flush() {
    super.flush()
    if (this.#ms === 0 || this.#playing !== null) return
    this.#playing = setTimeout(() => this.#finish(false), this.#beganMs + this.#ms - Date.now())
  }

  clearBuffer() {
    if (this.#playing === null) return
    clearTimeout(this.#playing)
    this.#finish(true)
  }

  #finish(interrupted) {
    const playedMs = Math.min(Date.now() - this.#beganMs, this.#ms)
    this.#ms = 0
    this.#playing = null
    this.emit('finished')
    this.onPlaybackFinished({ playbackPosition: playedMs / 1000, interrupted })
  }
}

class Assistant extends voice.Agent {
  constructor() {
    super({
      instructions: 'Greet the user.',
      tools: [
        llm.tool({
          name: 'get_weather',
          description: 'Tells the weather in a city.',
          parameters: z.object({ city: z.string() }),
          execute: async () => call.exchanges[1].tool.result,
        }),
      ],
    })
  }

  async onEnter() {
    this.session.say(call.greeting)
  }
}

initializeLogger({ pretty: false, level: 'error' })
const fanout = new telemetry.FanoutSpanProcessor()
const provider = new NodeTracerProvider({
  resource: detectResources({ detectors: [envDetector] }),
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter()), fanout],
})
provider.register()
telemetry.setTracerProvider(provider, {
  metadata: { 'session.id': 'session-1' },
  registerSpanProcessor: (processor) => fanout.add(processor),
})

const loudspeaker = new Loudspeaker()
const microphone = new Microphone()
const session = new voice.AgentSession({
  vad: new ToneEar(),
  stt: new openai.STT({ model: 'gpt-4o-mini-transcribe', useRealtime: false }),
  llm: new openai.LLM({ model: 'small-model' }),
  tts: new openai.TTS(),
  aecWarmupDuration: null,
  turnHandling: {
    turnDetection: 'vad',
    endpointing: { mode: 'fixed', minDelay: 300, maxDelay: 300 },
    interruption: { mode: 'vad', minDuration: 200, resumeFalseInterruption: false },
  },
})
session.input.audio = microphone
session.output.audio = loudspeaker
const greeted = once(loudspeaker, 'finished')
await session.start({ agent: new Assistant() })
await greeted
for (const exchange of call.exchanges) {
  await sleep(300)
  const started = once(loudspeaker, 'started')
  await microphone.say(500)
  await started
  if (exchange.interrupted) await sleep(1000)
  else await once(loudspeaker, 'finished')
}
await sleep(300)
await session.close()
await provider.shutdown()
process.exit(0)
