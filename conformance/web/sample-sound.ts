import { oggPages, opusPackets } from '../../packages/server/src/sound/test-sound.ts'

/** What the user and the agent of a sample call sound like, in Hz. */
export const userHertz = 440
export const agentHertz = 660

interface SampleSpan {
  name: string
  startTimeUnixNano: string
  endTimeUnixNano: string | null
}

/** A call as pages of Opus in Ogg: a tone in the left channel while the user speaks, another in the right for the agent. */
export function callPages(spans: readonly SampleSpan[], startMs: number, endMs: number): Buffer[] {
  const rate = 48_000
  const channels = [0, 1].map(() => new Float32Array(Math.ceil(((endMs - startMs) / 1000) * rate)))
  for (const { name, startTimeUnixNano, endTimeUnixNano } of spans) {
    const voice = ['user_speech', 'agent_speech'].indexOf(name)
    const samples = channels[voice]
    if (!samples || endTimeUnixNano === null) continue
    const sampleAt = (nano: string) =>
      Math.round(((Number(BigInt(nano) / 1000n) / 1000 - startMs) / 1000) * rate)
    const hertz = voice === 0 ? userHertz : agentHertz
    for (let index = sampleAt(startTimeUnixNano); index < sampleAt(endTimeUnixNano); index++) {
      samples[index] = 0.4 * Math.sin((2 * Math.PI * hertz * index) / rate)
    }
  }
  return oggPages(opusPackets(channels), 2, 50)
}
