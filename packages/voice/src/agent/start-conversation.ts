import { setTimeout as sleep } from 'node:timers/promises'
import { initializeLogger, voice } from '@livekit/agents'
import type { Log } from '@voxtrace/model'
import { z } from 'zod'
import type { Knowledge } from '../knowledge/knowledge.ts'
import { recordCall } from '../recording/record-call.ts'
import type { Synthesizer } from '../speech/synthesizer.ts'
import type { Transcriber } from '../speech/transcriber.ts'
import type { Call, CallEnd } from '../transport/call.ts'
import { defaults, turnTaking } from './agent-settings.ts'
import { ClientMessages } from './client-messages.ts'
import { nowMs } from './clock.ts'
import { Conversation } from './conversation.ts'
import { DeclaredLanguageModel, DeclaredSynthesizer, DeclaredTranscriber } from './declared-models.ts'
import type { LanguageModel } from './language-model.ts'
import { MicrophoneInput } from './microphone-input.ts'
import type { Recorder } from './recorder.ts'
import { SharedDetector } from './shared-detector.ts'
import { SpeakerOutput } from './speaker-output.ts'
import { TurnEnd } from './turn-end.ts'
import { VoiceAgent } from './voice-agent.ts'

const longestText = 4_000
const announcementDelayMs = 50
const requestData = z.object({
  sessionId: z.string().min(1).max(256).optional().catch(undefined),
  userId: z.string().min(1).max(256).optional().catch(undefined),
})
const textMessage = z.union([
  z.object({ content: z.string() }).transform(({ content }) => content),
  z.object({ t: z.literal('user-text'), d: z.string() }).transform(({ d }) => d),
  z.object({ t: z.literal('user-text'), d: z.object({ text: z.string() }) }).transform(({ d }) => d.text),
])

/** What every conversation of a bot shares. */
export interface Voices {
  transcriber: Transcriber
  synthesizer: Synthesizer
  /** Speaks the apology when `synthesizer` fails. */
  fallback: Synthesizer
  languageModel: LanguageModel
  knowledge: Knowledge
  correct(raw: string): string
  recorder: Recorder
  greeting: string
  /** Settings worth knowing, as run parameters. */
  params: Record<string, string | number | boolean>
  firstTokenTimeoutMs?: number
  log: Log
}

export interface RunningConversation {
  readonly sessionId: string
  /** Settles when the conversation is over and its recording has been handed over. */
  readonly ended: Promise<void>
}

/** Must be called once before the first conversation: LiveKit logs nothing by itself, what fails is told through `Log`. */
export function prepareLiveKit(): void {
  initializeLogger({ pretty: false, level: 'silent' })
}

/** Holds a conversation over a call until the call ends. */
export async function startConversation(call: Call, voices: Voices): Promise<RunningConversation> {
  const asked = requestData.parse(call.requestData)
  const sessionId = asked.sessionId ?? call.id
  const userId = asked.userId ?? 'user'
  const log = (what: string, error: unknown) =>
    voices.log.error(`${what} failed: ${error instanceof Error ? error.message : String(error)}`, {
      sessionId,
    })
  const client = new ClientMessages(call)
  const onFailure = (what: string, error: unknown) => {
    log(what, error)
    client.error(`${what} failed: ${error instanceof Error ? error.message : String(error)}`)
  }
  const recorder = voices.recorder.conversation({
    sessionId,
    userId: asked.userId ?? null,
    startMs: nowMs(),
    params: { ...voices.params, ...turnTaking },
  })
  const recording = recordCall(call, recorder)
  const conversation = new Conversation({
    recorder,
    client,
    userId,
    sttModel: voices.transcriber.model,
    say: async (text, isWanted) => {
      // What the caller's voice detector still counts as speech would interrupt the first words.
      await sleep(announcementDelayMs)
      if (isWanted() && !over) await session.say(text).waitForPlayout()
    },
    roundTripMs: () => call.roundTripMs,
    onFailure,
  })
  let over = false
  void call.ended.then(() => {
    over = true
  })
  const turnEnd = new TurnEnd(log)
  const session = new voice.AgentSession({
    stt: new DeclaredTranscriber(),
    llm: new DeclaredLanguageModel(),
    tts: new DeclaredSynthesizer(),
    vad: new SharedDetector((event) => agent.hear(event)),
    aecWarmupDuration: null,
    userAwayTimeout: null,
    turnHandling: {
      turnDetection: turnEnd.detector(),
      endpointing: {
        mode: 'fixed',
        minDelay: turnTaking.minEndpointingMs,
        maxDelay: turnTaking.minEndpointingMs,
      },
      interruption: { mode: 'vad', minDuration: turnTaking.interruptionMs, resumeFalseInterruption: false },
      preemptiveGeneration: {
        enabled: true,
        preemptiveTts: true,
        maxSpeechDuration: Number.POSITIVE_INFINITY,
        maxRetries: Number.POSITIVE_INFINITY,
      },
    },
  })
  const agent = new VoiceAgent({
    conversation,
    transcriber: voices.transcriber,
    correct: voices.correct,
    turnEnd,
    answering: {
      knowledge: voices.knowledge,
      topK: defaults.topK,
      languageModel: voices.languageModel,
      firstTokenTimeoutMs: voices.firstTokenTimeoutMs ?? defaults.firstTokenTimeoutMs,
      nextTokenTimeoutMs: defaults.nextTokenTimeoutMs,
      onFailure,
    },
    speaking: {
      owner: call.id,
      synthesizer: voices.synthesizer,
      fallback: voices.fallback,
      timeoutMs: defaults.voiceTimeoutMs,
      onFailure,
    },
  })
  session.input.audio = new MicrophoneInput(call.microphone)
  session.output.audio = new SpeakerOutput(call.speaker, conversation)
  session.on(voice.AgentSessionEventTypes.AgentStateChanged, ({ newState }) => {
    if (newState === 'listening') conversation.agentIdle()
  })
  session.on(voice.AgentSessionEventTypes.Error, ({ error }) => log('the conversation', error))
  const started = Promise.withResolvers<void>()
  const answerText = (content: string) => {
    session.interrupt()
    session.clearUserTurn()
    turnEnd.ended()
    conversation.wrote(content)
    session.generateReply({ userInput: content })
  }
  call.onMessage((message) => {
    if (message.type === 'client-ready') {
      void recorder.ids().then((ids) => client.conversation(ids))
      client.repeatState()
    }
    if (message.type === 'send-text' || message.type === 'client-message') {
      const text = textMessage.safeParse(message.data)
      const content = text.success ? text.data.trim().slice(0, longestText) : ''
      // Words may be typed before the session runs; one that cannot start ends the call.
      if (content)
        started.promise.then(() => answerText(content)).catch((error) => log('a typed message', error))
    }
    if (message.type === 'disconnect-bot') void call.hangUp('hung_up')
  })
  const finish = async (reason: CallEnd) => {
    const recorded = recording.end()
    await session.close()
    conversation.end()
    recorder.end(nowMs(), { reason })
    await recorded
  }
  try {
    await session.start({ agent, record: false })
    conversation.greet(voices.greeting)
    started.resolve()
  } catch (error) {
    started.reject(error)
    recorder.end(nowMs(), { reason: 'failed', error })
    await Promise.all([recording.end(), call.hangUp('closed_by_bot')])
    throw error
  }
  return { sessionId, ended: call.ended.then(finish) }
}
