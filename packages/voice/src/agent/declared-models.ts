import { llm, stt, tts } from '@livekit/agents'

/*
 * LiveKit's session wants a model of each kind to know that a conversation hears, thinks and speaks. The work
 * itself is done in the nodes of `VoiceAgent`, which LiveKit calls instead of these.
 */

const unused = () => new Error('the nodes of the agent do this work')

export class DeclaredTranscriber extends stt.STT {
  readonly label = 'voxtrace.Transcriber'

  constructor() {
    super({ streaming: true, interimResults: true })
  }

  protected override _recognize(): Promise<stt.SpeechEvent> {
    throw unused()
  }

  override stream(): stt.SpeechStream {
    throw unused()
  }
}

export class DeclaredLanguageModel extends llm.LLM {
  override label(): string {
    return 'voxtrace.LanguageModel'
  }

  override chat(): llm.LLMStream {
    throw unused()
  }
}

export class DeclaredSynthesizer extends tts.TTS {
  readonly label = 'voxtrace.Synthesizer'

  constructor() {
    super(16_000, 1, { streaming: true })
  }

  override synthesize(): tts.ChunkedStream {
    throw unused()
  }

  override stream(): tts.SynthesizeStream {
    throw unused()
  }
}
