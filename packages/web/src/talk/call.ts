import { callPresenceStore } from '../store/call-presence.ts'
import { Observable } from '../store/observable.ts'
import { CallSound } from './call-sound.ts'
import { type CallState, idleCall, isInCall } from './call-state.ts'
import { withHeardText, withReport, withUserText, withWrittenText } from './exchanges.ts'
import { openMicrophone } from './microphone.ts'
import { Peer } from './peer.ts'
import type { BotMessage, ServerMessage } from './rtvi.ts'
import { askAfterCall, CallRefused } from './signalling.ts'

/** The bot keeps a lost call for 20 s; after that a new one begins in its place. */
const giveUpAfterMs = 60_000
/** A cut may mend by itself within so long. */
const mendsWithinMs = 1500
const longestWaitMs = 4000

/** A call to the bot. It goes on while the reader looks at other pages. */
class Call extends Observable<CallState> {
  readonly sound = new CallSound((silent) => this.#onSilence(silent))
  #peer: Peer | null = null
  #microphone: MediaStream | null = null
  #callId: string | null = null
  #sessionId = ''
  /** Typed while no message can pass; said as soon as one can. */
  #toSay: string[] = []
  #cutAtMs: number | null = null
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor() {
    super(idleCall)
    addEventListener('pagehide', () => this.end())
    addEventListener('online', () => {
      if (this.getState().phase === 'reconnecting') void this.#reconnect()
    })
  }

  /** Connects, with the microphone unless only text is wanted. Must be called from a click. */
  async connect({ withMicrophone }: { withMicrophone: boolean }): Promise<void> {
    const { phase } = this.getState()
    if (phase === 'asking' || phase === 'connecting' || isInCall(phase)) return
    this.#sessionId = crypto.randomUUID?.() ?? `s-${Date.now()}-${Math.random().toString(36).slice(2)}`
    this.#callId = null
    this.sound.start()
    this.setState({ ...idleCall, phase: withMicrophone ? 'asking' : 'connecting' })
    if (withMicrophone) await this.#openMicrophone()
    if (this.getState().phase === 'ended') return
    this.#change({ phase: 'connecting' })
    await this.#dial()
  }

  /** Says words that were typed; connects first, without the microphone, when there is no call. */
  say(text: string): void {
    const content = text.trim()
    if (!content) return
    this.#toSay.push(content)
    const { phase } = this.getState()
    if (phase === 'connected') this.#sayQueued()
    else if (!isInCall(phase)) void this.connect({ withMicrophone: false })
  }

  toggleMute(): void {
    const { microphone } = this.getState()
    if (microphone !== 'open' && microphone !== 'muted' && microphone !== 'silent') return
    const muted = microphone !== 'muted'
    for (const track of this.#microphone?.getAudioTracks() ?? []) track.enabled = !muted
    this.sound.setMuted(muted)
    this.#change({ microphone: muted ? 'muted' : 'open' })
  }

  end(): void {
    if (this.getState().phase === 'idle') return
    this.#peer?.hangUp()
    this.#finish({ phase: 'ended', endedBy: 'caller' })
  }

  /** Opens a microphone for a call that has none, and comes back into the call with it. */
  async retryMicrophone(): Promise<void> {
    if (this.getState().phase !== 'connected') return
    await this.#openMicrophone()
    if (this.#microphone === null || this.getState().phase !== 'connected') return
    this.#cutAtMs = Date.now()
    this.#change({ phase: 'reconnecting' })
    await this.#dial()
  }

  dismissNotice(): void {
    this.#change({ notice: null, brokenOff: null })
  }

  async #openMicrophone(): Promise<void> {
    for (const track of this.#microphone?.getTracks() ?? []) track.stop()
    this.#microphone = null
    const outcome = await openMicrophone()
    if ('problem' in outcome) {
      this.#change({ microphone: outcome.problem })
      return
    }
    const { phase } = this.getState()
    if (phase === 'ended' || phase === 'failed') {
      for (const track of outcome.stream.getTracks()) track.stop()
      return
    }
    this.#microphone = outcome.stream
    const [track] = outcome.stream.getAudioTracks()
    track?.addEventListener('ended', () => this.#change({ microphone: 'ended' }))
    this.sound.listenToUser(outcome.stream)
    this.#change({ microphone: 'open', deviceName: track?.label ?? '' })
  }

  async #dial(): Promise<void> {
    const peer = new Peer(this.#microphone, {
      onOpen: () => this.#onOpen(),
      onMessage: (message) => this.#onMessage(message),
      onSound: (stream) => this.sound.playAgent(stream),
      onCut: (final) => this.#onCut(peer, final),
      onMissing: () => void this.#onMissing(peer),
      onRestored: () => this.#onRestored(peer),
    })
    const before = this.#peer
    this.#peer = peer
    try {
      const callId = await peer.connect(this.#callId, this.#sessionId)
      if (this.#callId !== null && callId !== this.#callId) this.#onNewConversation()
      this.#callId = callId
      this.#expectOpen(peer)
    } catch (error) {
      if (peer !== this.#peer) return
      this.#onDialFailure(error)
    } finally {
      // Not sooner: to the bot, a connection that closes with none in its place is a caller who hung up.
      before?.close()
    }
  }

  /** The bot knows nothing of the call any more and began another. */
  #onNewConversation(): void {
    const { conversation } = this.getState()
    this.#change({ conversation: null, exchanges: [], brokenOff: conversation, connectedAtMs: null })
  }

  /** An answer without a connection after it is a cut as well. */
  #expectOpen(peer: Peer): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      if (peer === this.#peer && this.getState().phase !== 'connected') this.#onCut(peer, true)
    }, 10_000)
  }

  #onDialFailure(error: unknown): void {
    const isReconnecting = this.#cutAtMs !== null
    const isHopeless = error instanceof CallRefused && error.kind === 'refused'
    if (isReconnecting && !isHopeless && Date.now() - (this.#cutAtMs ?? 0) < giveUpAfterMs) {
      this.#retryLater()
      return
    }
    const kind = error instanceof CallRefused ? error.kind : 'refused'
    const message = error instanceof Error ? error.message : String(error)
    this.#finish({ phase: 'failed', failure: { kind: isReconnecting ? 'lost' : kind, message } })
  }

  #onOpen(): void {
    clearTimeout(this.#timer)
    this.#cutAtMs = null
    callPresenceStore.set(true)
    this.#change({
      phase: 'connected',
      botIsSilent: false,
      connectedAtMs: this.getState().connectedAtMs ?? Date.now(),
      failure: null,
    })
    this.#sayQueued()
  }

  /** What cannot be sent yet stays in the queue, in order. */
  #sayQueued(): void {
    for (let content = this.#toSay[0]; content !== undefined; content = this.#toSay[0]) {
      if (!this.#peer?.sendText(content)) return
      this.#toSay.shift()
      this.sound.history.beginWait(performance.now())
    }
  }

  #onCut(peer: Peer, final: boolean): void {
    if (peer !== this.#peer) return
    const { phase } = this.getState()
    if (phase !== 'connected' && phase !== 'connecting' && phase !== 'reconnecting') return
    this.#cutAtMs ??= Date.now()
    clearTimeout(this.#timer)
    this.#change({ phase: 'reconnecting' })
    if (Date.now() - this.#cutAtMs > giveUpAfterMs) {
      const message = 'The connection to the bot was lost and could not be restored within a minute.'
      this.#finish({ phase: 'failed', failure: { kind: 'lost', message } })
    } else this.#timer = setTimeout(() => void this.#reconnect(), final ? 0 : mendsWithinMs)
  }

  /** A bad network loses what the bot sends, too: only the bot itself knows whether it has the call still. */
  async #onMissing(peer: Peer): Promise<void> {
    const callId = this.#callId
    if (callId === null || peer !== this.#peer || this.getState().phase !== 'connected') return
    const known = await askAfterCall(callId)
    if (known === 'lives' || !peer.isMissing || peer !== this.#peer) return
    if (this.getState().phase !== 'connected') return
    this.#change({ botIsSilent: known !== 'away' })
    this.#onCut(peer, known === 'gone')
  }

  #onRestored(peer: Peer): void {
    if (peer !== this.#peer || this.getState().phase !== 'reconnecting' || !peer.isOpen) return
    clearTimeout(this.#timer)
    this.#cutAtMs = null
    this.#change({ phase: 'connected', botIsSilent: false })
    this.#sayQueued()
  }

  #retryLater(): void {
    const sinceMs = Date.now() - (this.#cutAtMs ?? Date.now())
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#reconnect(), Math.min(500 + sinceMs / 2, longestWaitMs))
  }

  async #reconnect(): Promise<void> {
    clearTimeout(this.#timer)
    if (this.getState().phase === 'reconnecting') await this.#dial()
  }

  #onMessage(message: BotMessage): void {
    const { history } = this.sound
    const { exchanges } = this.getState()
    switch (message.type) {
      case 'user-started-speaking':
        history.dropWait()
        this.#change({ userSpeaking: true })
        return
      case 'user-stopped-speaking':
        history.beginWait(performance.now())
        this.#change({ userSpeaking: false })
        return
      case 'bot-started-speaking':
        history.endWait(performance.now())
        this.#change({ agent: 'speaking' })
        return
      case 'user-transcription':
        this.#change({ exchanges: withUserText(exchanges, message.data.text, message.data.final) })
        return
      case 'bot-llm-text':
        this.#change({ exchanges: withWrittenText(exchanges, message.data.text) })
        return
      case 'bot-output':
        this.#change({ exchanges: withHeardText(exchanges, message.data.text) })
        return
      case 'server-message':
        this.#onServerMessage(message.data)
        return
      case 'error':
        this.#change({ notice: message.data.error })
        return
      case 'peer-left':
        this.#finish({ phase: 'ended', endedBy: 'bot' })
        return
      case 'bot-ready':
      case 'bot-stopped-speaking':
      case 'bot-llm-started':
        return
    }
  }

  #onServerMessage(message: ServerMessage): void {
    switch (message.kind) {
      case 'conversation':
        this.#change({ conversation: message })
        return
      case 'state':
        if (message.state === 'thinking') this.sound.history.beginWait(performance.now())
        if (message.state === 'listening') this.sound.history.dropWait()
        this.#change({ agent: message.state })
        return
      case 'turn':
        this.sound.history.explain(message)
        this.#change({ exchanges: withReport(this.getState().exchanges, message) })
        return
      case 'error':
        this.#change({ notice: message.message })
        return
    }
  }

  #onSilence(silent: boolean): void {
    const { microphone } = this.getState()
    if (silent && microphone === 'open') this.#change({ microphone: 'silent' })
    if (!silent && microphone === 'silent') this.#change({ microphone: 'open' })
  }

  #finish(change: Partial<CallState>): void {
    clearTimeout(this.#timer)
    this.#cutAtMs = null
    this.#toSay = []
    this.#peer?.close()
    this.#peer = null
    for (const track of this.#microphone?.getTracks() ?? []) track.stop()
    this.#microphone = null
    this.sound.history.dropWait()
    this.sound.stop()
    callPresenceStore.set(false)
    const microphone = this.getState().microphone
    const problem =
      microphone === 'open' || microphone === 'muted' || microphone === 'silent' ? 'none' : microphone
    this.#change({ ...change, microphone: problem, userSpeaking: false, agent: 'listening' })
  }

  #change(change: Partial<CallState>): void {
    this.setState({ ...this.getState(), ...change })
  }
}

/** The page's one call. */
export const call = new Call()
