import type { LatencyPart } from '@voxtrace/model'
import type { Call } from '../transport/call.ts'
import type { ConversationIds, TurnSummary } from './recorder.ts'
import type { TimeToFirst } from './utterance.ts'

export type AgentState = 'listening' | 'thinking' | 'speaking'

export type ServerMessage =
  | ({ kind: 'conversation' } & ConversationIds)
  | { kind: 'state'; state: AgentState }
  | {
      kind: 'turn'
      number: number
      userText: string | null
      agentText: string | null
      interrupted: boolean
      voiceToVoiceMs: number | null
      parts: Partial<Record<LatencyPart, number>>
    }
  | { kind: 'error'; message: string }

/** What the caller's page is told while the conversation goes on, as messages of RTVI (`docs/reference/rtvi.md`). */
export class ClientMessages {
  readonly #call: Call
  #state: AgentState | null = null
  #segment = 0

  constructor(call: Call) {
    this.#call = call
  }

  #send(type: string, data?: unknown): void {
    this.#call.send({ label: 'rtvi-ai', type, ...(data === undefined ? {} : { data }) })
  }

  #serverMessage(data: ServerMessage): void {
    this.#send('server-message', data)
  }

  conversation(ids: ConversationIds): void {
    this.#serverMessage({ kind: 'conversation', ...ids })
  }

  state(state: AgentState): void {
    if (state === this.#state) return
    this.#state = state
    this.#serverMessage({ kind: 'state', state })
  }

  /** Says the state again, to a page that was not there when it began. */
  repeatState(): void {
    if (this.#state) this.#serverMessage({ kind: 'state', state: this.#state })
  }

  turn(number: number, { userText, agentText, interrupted, voiceToVoiceMs, parts }: TurnSummary): void {
    this.#serverMessage({ kind: 'turn', number, userText, agentText, interrupted, voiceToVoiceMs, parts })
  }

  error(message: string): void {
    this.#serverMessage({ kind: 'error', message })
  }

  userSpeech(event: 'started' | 'stopped'): void {
    this.#send(`user-${event}-speaking`)
  }

  userTranscription(text: string, final: boolean, userId: string): void {
    this.#send('user-transcription', { text, final, timestamp: new Date().toISOString(), user_id: userId })
  }

  modelStarted(): void {
    this.#send('bot-llm-started')
  }

  modelText(text: string): void {
    this.#send('bot-llm-text', { text })
  }

  modelStopped(): void {
    this.#send('bot-llm-stopped')
  }

  voice(event: 'started' | 'stopped'): void {
    this.#send(`bot-tts-${event}`)
  }

  /** A clause begins to be heard. */
  clause(text: string): void {
    this.#segment += 1
    this.#send('bot-tts-text', { text })
    this.#send('bot-output', {
      text,
      aggregated_by: 'sentence',
      segment_id: this.#segment,
      spoken: true,
      will_be_spoken: true,
      spoken_status: 'in-progress',
    })
  }

  agentSpeech(event: 'started' | 'stopped'): void {
    this.#send(`bot-${event}-speaking`)
  }

  metrics(times: readonly TimeToFirst[]): void {
    // RTVI counts in seconds.
    const ttfb = times.map(({ processor, model, ms }) => ({ processor, model, value: ms / 1000 }))
    if (ttfb.length > 0) this.#send('metrics', { ttfb })
  }
}
