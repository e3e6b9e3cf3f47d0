import type { Listener, Transcript, TranscriptionFailure } from '../speech/recognition.ts'
import { apologies } from './apologies.ts'
import type { ClientMessages } from './client-messages.ts'
import { nowMs } from './clock.ts'
import type { Message } from './language-model.ts'
import type { ConversationRecorder } from './recorder.ts'
import type { PlaybackListener } from './speaker-output.ts'
import { Turn, type TurnKind } from './turn.ts'
import { type Clause, Utterance } from './utterance.ts'

const mostRememberedMessages = 24

export interface ConversationOptions {
  recorder: ConversationRecorder
  client: ClientMessages
  userId: string
  sttModel: string
  /**
   * Has the agent say something that is not an answer; `beginAnnouncement` is called when its voice begins. Resolves
   * when it was said, interrupted, or no longer wanted when its time came: the user has gone on.
   */
  say(text: string, isWanted: () => boolean): Promise<void>
  /** How long sound takes from the user to here and back; null when it was not measured. */
  roundTripMs(): number | null
  onFailure(what: string, error: unknown): void
}

interface UnopenedSpeech {
  startMs: number
  end: { endMs: number; detectedMs: number } | null
}

/**
 * What is known of a conversation while it goes on: whose turn it is, what was said and heard.
 *
 * Speech becomes a turn when it has lasted or when words were understood, so that a cough is none. A turn is open
 * until the user has finished (`committed`); from then on new speech is a new turn. Answers are made ahead, on the
 * chance that the user has finished: each waits as the candidate until a committed turn adopts it, and those that
 * are never adopted leave no mark.
 */
export class Conversation
  implements Omit<Listener, 'pausing' | 'passed' | 'speechSettled'>, PlaybackListener
{
  readonly #options: ConversationOptions
  readonly #messages: Message[] = []
  readonly #turnOf = new Map<Utterance, Turn>()
  readonly #announcements: Turn[] = []
  readonly #clauseTimers = new Set<NodeJS.Timeout>()
  #turn: Turn | null = null
  #nextNumber = 0
  #unopened: UnopenedSpeech | null = null
  #candidate: Utterance | null = null
  #ended = false

  constructor(options: ConversationOptions) {
    this.#options = options
  }

  /** What was said before the question, as far as it was heard. */
  historyBefore(question: string): readonly Message[] {
    const last = this.#messages.at(-1)
    return last?.role === 'user' && last.content === question
      ? this.#messages.slice(0, -1)
      : [...this.#messages]
  }

  greet(text: string): void {
    const turn = this.#open('greeting', nowMs())
    this.#announce(turn, text)
  }

  speechStarted(startMs: number): void {
    this.#options.client.userSpeech('started')
    if (this.#turn && !this.#turn.committed && !this.#turn.ended) this.#turn.speechStarted(startMs)
    else this.#unopened = { startMs, end: null }
  }

  speechConfirmed(): void {
    if (this.#unopened) this.#voiceTurn()
  }

  speechEnded(endMs: number): void {
    this.#options.client.userSpeech('stopped')
    if (this.#unopened) this.#unopened.end = { endMs, detectedMs: nowMs() }
    else this.#turn?.speechEnded(endMs, nowMs())
  }

  transcribed(transcript: Transcript): void {
    const { text, final } = transcript
    if (!text) {
      if (final && this.#unopened) this.#unopened = null
      return
    }
    const turn = this.#voiceTurn()
    const before = turn.userText
    if (final) turn.transcribed(transcript)
    const whole = final ? turn.userText : [before, text].filter(Boolean).join(' ')
    this.#options.client.userTranscription(whole, final, this.#options.userId)
  }

  transcriptionFailed(failure: TranscriptionFailure): void {
    const turn = this.#voiceTurn()
    turn.transcriptionFailed(failure)
    this.#options.onFailure('speech to text', failure.error)
    turn.commit(failure.failedMs, turn.userText)
    this.#announce(turn, apologies.noTranscript)
  }

  /** The user wrote something. The caller asks for the answer afterwards. */
  wrote(text: string): void {
    const turn = this.#open('text', nowMs())
    this.#options.client.userTranscription(text, true, this.#options.userId)
    this.#commit(turn, text)
  }

  /** The user's words are complete, and the agent is to answer them. */
  committed(text: string): void {
    this.#commit(this.#voiceTurn(), text)
  }

  /** An answer begins to be made, perhaps ahead. */
  beginAnswer(question: string): Utterance {
    const utterance = new Utterance(question)
    const turn = this.#turn
    if (turn?.committed && !turn.ended && (!turn.utterance || turn.utterance.cancelled))
      this.#adopt(turn, utterance)
    else this.#candidate = utterance
    return utterance
  }

  beginAnnouncement(): Utterance {
    const utterance = new Utterance(null)
    const turn = this.#announcements.shift() ?? this.#turn
    if (turn) this.#adopt(turn, utterance)
    return utterance
  }

  answerText(utterance: Utterance, text: string): void {
    utterance.text += text
    if (this.#turnOf.has(utterance)) this.#options.client.modelText(text)
  }

  answerTextEnded(utterance: Utterance): void {
    utterance.textDone = true
    if (this.#turnOf.has(utterance)) this.#options.client.modelStopped()
  }

  cancelled(utterance: Utterance): void {
    utterance.cancelled = true
    if (this.#candidate === utterance) this.#candidate = null
  }

  audible(utterance: Utterance, atMs: number): void {
    const turn = this.#turnOf.get(utterance) ?? this.#turn
    if (!turn) return
    if (turn.utterance !== utterance) this.#adopt(turn, utterance)
    turn.heardFrom(atMs)
    this.#options.client.agentSpeech('started')
    this.#options.client.state('speaking')
  }

  clauseQueued(clause: Clause, delayMs: number): void {
    const { client } = this.#options
    const turn = this.#turnOf.get(clause.utterance)
    if (turn && !turn.audible) client.voice('started')
    const timer = setTimeout(() => {
      this.#clauseTimers.delete(timer)
      client.clause(clause.text)
    }, delayMs)
    this.#clauseTimers.add(timer)
  }

  finished(utterance: Utterance, end: { atMs: number; heard: string; interrupted: boolean }): void {
    for (const timer of this.#clauseTimers) clearTimeout(timer)
    this.#clauseTimers.clear()
    const { client } = this.#options
    client.voice('stopped')
    const turn = this.#turnOf.get(utterance)
    this.#turnOf.delete(utterance)
    if (turn?.audible) client.agentSpeech('stopped')
    if (end.heard) this.#remember({ role: 'assistant', content: end.heard })
    if (turn) this.#end(turn, end.atMs, { heard: end.heard || null, interrupted: end.interrupted })
  }

  /** The agent has nothing (more) to say: a turn whose answer was never heard ends here. */
  agentIdle(): void {
    const turn = this.#turn
    if (!turn?.committed || turn.ended || turn.audible || !turn.utterance) return
    // LiveKit may also be idle between what was interrupted and the sound of this answer.
    const { cancelled, textDone, voiceDone, text } = turn.utterance
    if (cancelled || voiceDone || (textDone && !text))
      this.#end(turn, nowMs(), { heard: null, interrupted: cancelled })
  }

  end(): void {
    if (this.#ended) return
    this.#ended = true
    for (const timer of this.#clauseTimers) clearTimeout(timer)
    const endMs = nowMs()
    for (const turn of new Set([...this.#turnOf.values(), ...(this.#turn ? [this.#turn] : [])]))
      this.#end(turn, endMs, { heard: null, interrupted: turn.audible })
  }

  /** The open turn of the voice, made from the speech that was heard when there is none. */
  #voiceTurn(): Turn {
    const speech = this.#unopened
    this.#unopened = null
    if (!speech && this.#turn && !this.#turn.committed && !this.#turn.ended) return this.#turn
    const turn = this.#open('voice', speech?.startMs ?? nowMs())
    if (speech) {
      turn.speechStarted(speech.startMs)
      if (speech.end) turn.speechEnded(speech.end.endMs, speech.end.detectedMs)
    }
    return turn
  }

  #open(kind: TurnKind, startMs: number): Turn {
    const before = this.#turn
    if (before && !before.audible) this.#end(before, nowMs(), { heard: null, interrupted: before.committed })
    const { recorder, sttModel } = this.#options
    if (kind !== 'greeting' && this.#nextNumber === 0) this.#nextNumber = 1
    this.#turn = new Turn({ number: this.#nextNumber++, kind, startMs, recorder, sttModel })
    return this.#turn
  }

  #commit(turn: Turn, text: string): void {
    turn.commit(nowMs(), text)
    this.#remember({ role: 'user', content: text })
    this.#options.client.state('thinking')
    const candidate = this.#candidate
    this.#candidate = null
    if (candidate && !candidate.cancelled && sameWords(candidate.question ?? '', text))
      this.#adopt(turn, candidate)
  }

  #adopt(turn: Turn, utterance: Utterance): void {
    turn.adopt(utterance)
    utterance.take()
    this.#turnOf.set(utterance, turn)
    if (utterance.kind === 'announcement') return
    const { client } = this.#options
    client.modelStarted()
    if (utterance.text) client.modelText(utterance.text)
    if (utterance.textDone) client.modelStopped()
  }

  #announce(turn: Turn, text: string): void {
    this.#announcements.push(turn)
    this.#options
      .say(text, () => this.#turn === turn)
      .catch((error: unknown) => this.#options.onFailure('announcement', error))
      .finally(() => {
        const waiting = this.#announcements.indexOf(turn)
        if (waiting >= 0) this.#announcements.splice(waiting, 1)
        if (!turn.audible) this.#end(turn, nowMs(), { heard: null, interrupted: true })
      })
  }

  #remember(message: Message): void {
    this.#messages.push(message)
    if (this.#messages.length > mostRememberedMessages) this.#messages.shift()
  }

  #end(turn: Turn, endMs: number, result: { heard: string | null; interrupted: boolean }): void {
    for (const [utterance, of] of this.#turnOf) if (of === turn) this.#turnOf.delete(utterance)
    const summary = turn.end(endMs, { ...result, roundTripMs: this.#options.roundTripMs() })
    if (!summary) return
    const { client } = this.#options
    client.turn(turn.number, summary)
    client.metrics(turn.timesToFirst)
    if (turn === this.#turn) client.state('listening')
  }
}

function sameWords(one: string, other: string): boolean {
  const words = (text: string) =>
    text
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu)
      ?.join(' ') ?? ''
  return words(one) === words(other)
}
