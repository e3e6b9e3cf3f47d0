import { VoiceHistory } from './voice-history.ts'

const sampleEveryMs = 38
const parts = {
  end_of_utterance: 480,
  speech_to_text: 92,
  rag_retrieval: 118,
  first_token: 312,
  first_clause: 96,
  first_audio: 118,
  network: 24,
}
const waitMs = 1240
const talks = [
  { userMs: [-19_400, -16_600], agentUntilMs: -9_800 },
  { userMs: [-8_100, -5_200], agentUntilMs: -300 },
] as const

/** Two exchanges that nobody had, ending at `nowMs`: what the line looks like before the first real one. */
export function exampleHistory(nowMs: number): VoiceHistory {
  const history = new VoiceHistory()
  for (const { userMs, agentUntilMs } of talks) {
    const [from, to] = userMs
    for (let at = from; at <= to; at += sampleEveryMs) history.add(nowMs + at, loudness(at, from, to, 3), 0)
    history.beginWait(nowMs + to)
    history.endWait(nowMs + to + waitMs)
    history.explain({ voiceToVoiceMs: waitMs, parts })
    const start = to + waitMs
    for (let at = start; at <= agentUntilMs; at += sampleEveryMs)
      history.add(nowMs + at, 0, loudness(at, start, agentUntilMs, 8))
  }
  return history
}

/** Rises and falls as syllables in phrases do. */
function loudness(at: number, from: number, to: number, seed: number): number {
  const noise = (n: number) => {
    const value = Math.sin(n * 127.1 + seed * 311.7) * 43_758.5453
    return value - Math.floor(value)
  }
  const syllables = ((at - from) / 1000) * 4.6
  const within = syllables - Math.floor(syllables)
  const edge = Math.min(1, (at - from) / 120) * Math.min(1, (to - at) / 180)
  return (
    0.13 *
    (0.25 + 0.75 * noise(Math.floor(syllables))) *
    Math.sin(Math.PI * within) ** 0.8 *
    Math.max(0, edge)
  )
}
