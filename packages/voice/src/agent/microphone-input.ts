import { ReadableStream } from 'node:stream/web'
import { voice } from '@livekit/agents'
import { AudioFrame } from '@livekit/rtc-node'
import type { PcmFrame } from '../transport/call.ts'

/** A call's microphone as LiveKit's audio input. */
export class MicrophoneInput extends voice.AudioInput {
  constructor(microphone: AsyncIterable<PcmFrame>) {
    super()
    const frames = microphone[Symbol.asyncIterator]()
    this.multiStream.addInputStream(
      new ReadableStream<AudioFrame>({
        async pull(controller) {
          const { done, value } = await frames.next()
          if (done) controller.close()
          else controller.enqueue(new AudioFrame(value.samples, value.sampleRate, 1, value.samples.length))
        },
        async cancel() {
          await frames.return?.()
        },
      }),
    )
  }
}
