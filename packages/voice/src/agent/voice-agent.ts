import { ReadableStream } from 'node:stream/web'
import { type llm, stt, type VADEvent, voice } from '@livekit/agents'
import type { AudioFrame } from '@livekit/rtc-node'
import { type Listener, Recognition, type Transcript } from '../speech/recognition.ts'
import type { Transcriber } from '../speech/transcriber.ts'
import { type AnswerOptions, answer } from './answer.ts'
import type { Conversation } from './conversation.ts'
import { type SpeechOptions, speak } from './speech.ts'
import type { TurnEnd } from './turn-end.ts'
import type { Utterance } from './utterance.ts'

type Chunks<T> = ReadableStream<T> | AsyncIterable<T>

export interface VoiceAgentOptions {
  conversation: Conversation
  transcriber: Transcriber
  correct(raw: string): string
  answering: AnswerOptions
  speaking: SpeechOptions
  turnEnd: TurnEnd
}

/** A stream of what a generator yields; cancelling the stream ends the generator. */
function streamOf<T>(values: AsyncGenerator<T>, onCancel: () => void): ReadableStream<T> {
  return new ReadableStream<T>({
    async pull(controller) {
      const { done, value } = await values.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    async cancel() {
      onCancel()
      await values.return(undefined)
    },
  })
}

function speechEvent({ text, final }: Transcript): stt.SpeechEvent {
  return {
    type: final ? stt.SpeechEventType.FINAL_TRANSCRIPT : stt.SpeechEventType.PREFLIGHT_TRANSCRIPT,
    alternatives: [
      { text, language: 'en' as stt.SpeechData['language'], startTime: 0, endTime: 0, confidence: 1 },
    ],
  }
}

/** The agent of one conversation: LiveKit calls its nodes to hear, to think and to speak. */
export class VoiceAgent extends voice.Agent {
  readonly #options: VoiceAgentOptions
  /** LiveKit gives the nodes of one reply the same settings object, which tells whose words are to be spoken. */
  readonly #answers = new WeakMap<voice.ModelSettings, Utterance>()
  #recognition: Recognition | null = null

  constructor(options: VoiceAgentOptions) {
    super({ instructions: '' })
    this.#options = options
  }

  /** Takes the next event of the voice activity detector, before LiveKit acts on it. */
  hear(event: VADEvent): void {
    this.#recognition?.accept(event)
  }

  override async onUserTurnCompleted(_context: llm.ChatContext, message: llm.ChatMessage): Promise<void> {
    this.#options.turnEnd.ended()
    this.#options.conversation.committed(message.textContent ?? '')
  }

  override async sttNode(audio: Chunks<AudioFrame>): Promise<ReadableStream<stt.SpeechEvent>> {
    const { conversation, transcriber, correct, speaking, turnEnd } = this.#options
    let events: ReadableStreamDefaultController<stt.SpeechEvent> | null = null
    const listener: Listener = {
      speechStarted: (startMs) => conversation.speechStarted(startMs),
      speechConfirmed: () => conversation.speechConfirmed(),
      pausing: (samples, silentMs, words) => turnEnd.pausing(samples, silentMs, words),
      passed: (milliseconds, mayBeSpeech) => turnEnd.passed(milliseconds, mayBeSpeech),
      speechEnded: (endMs) => conversation.speechEnded(endMs),
      speechSettled: () => turnEnd.settled(),
      transcriptionFailed: (failure) => conversation.transcriptionFailed(failure),
      transcribed: (transcript) => {
        conversation.transcribed(transcript)
        if (transcript.final) turnEnd.heard(transcript.text)
        if (transcript.text) events?.enqueue(speechEvent(transcript))
      },
    }
    const recognition = new Recognition({ transcriber, owner: speaking.owner, correct, listener })
    this.#recognition = recognition
    // The voice activity detector hears the sound; what is left here only tells when there is no more.
    const drain = async () => {
      for await (const _frame of audio);
    }
    return new ReadableStream<stt.SpeechEvent>({
      start(controller) {
        events = controller
        void drain().then(
          () => controller.close(),
          (error: unknown) => controller.error(error),
        )
      },
      cancel() {
        events = null
        recognition.close()
      },
    })
  }

  override async llmNode(
    context: llm.ChatContext,
    _tools: llm.ToolContext,
    settings: voice.ModelSettings,
  ): Promise<ReadableStream<string>> {
    const { conversation, answering } = this.#options
    const question = lastUserText(context)
    const history = conversation.historyBefore(question)
    const utterance = conversation.beginAnswer(question)
    this.#answers.set(settings, utterance)
    const controller = new AbortController()
    async function* pieces() {
      for await (const text of answer(question, history, utterance, controller.signal, answering)) {
        conversation.answerText(utterance, text)
        yield text
      }
      conversation.answerTextEnded(utterance)
    }
    return streamOf(pieces(), () => {
      if (utterance.textDone) return
      controller.abort()
      conversation.cancelled(utterance)
    })
  }

  override async ttsNode(
    text: Chunks<string>,
    settings: voice.ModelSettings,
  ): Promise<ReadableStream<AudioFrame>> {
    const { conversation, speaking } = this.#options
    const utterance = this.#answers.get(settings) ?? conversation.beginAnnouncement()
    const controller = new AbortController()
    return streamOf(speak(text, utterance, controller.signal, speaking), () => controller.abort())
  }
}

function lastUserText(context: llm.ChatContext): string {
  const last = context.items.findLast((item) => item.type === 'message' && item.role === 'user')
  return last?.type === 'message' ? (last.textContent ?? '') : ''
}
