import { booleanOf, millisecondsOf, numberOf, textOf } from './attribute-values.ts'
import { type Convention, type SpanRole, tokens } from './convention.ts'
import { conversationAttributes, conversationSpanNames } from './conversation-names.ts'

/** Names of the spans that the voice bot records, as in `docs/architecture.md`. */
export const spanNames = {
  ...conversationSpanNames,
  userSpeech: 'user_speech',
  endOfUtterance: 'end_of_utterance',
  speechToText: 'speech_to_text',
  ragRetrieval: 'rag_retrieval',
  llmGeneration: 'llm_generation',
  textToSpeech: 'text_to_speech',
  agentSpeech: 'agent_speech',
} as const

/** Attributes of Voxtrace's own vocabulary. Those that end in `_ms` are milliseconds. */
export const attributes = {
  ...conversationAttributes,
  sttLatencyMs: 'stt.latency_ms',
  sttAudioMs: 'stt.audio_ms',
  sttModel: 'stt.model',
  sttRawTranscript: 'stt.raw_transcript',
  ragRetrievalTimeMs: 'rag.retrieval_time_ms',
  ragNumDocsRetrieved: 'rag.num_docs_retrieved',
  ragEmbeddingModel: 'rag.embedding_model',
  llmModel: 'llm.model',
  llmTtftMs: 'llm.ttft_ms',
  llmInterTokenLatencyMs: 'llm.inter_token_latency_ms',
  llmPromptTokens: 'llm.prompt_tokens',
  llmCompletionTokens: 'llm.completion_tokens',
  llmTotalTokens: 'llm.total_tokens',
  llmTokensEstimated: 'llm.tokens_estimated',
  llmTokensPerSecond: 'llm.tokens_per_second',
  ttsTtfbMs: 'tts.ttfb_ms',
  ttsModel: 'tts.model',
  ttsAudioMs: 'tts.audio_ms',
} as const

const roles = new Set<string>(Object.values(spanNames))

function isRole(name: string): name is SpanRole {
  return roles.has(name)
}

const typesByName = new Map<string, string>([
  [spanNames.conversation, 'AGENT'],
  [spanNames.turn, 'CHAIN'],
  [spanNames.ragRetrieval, 'RETRIEVER'],
  [spanNames.llmGeneration, 'CHAT_MODEL'],
])

/** Voxtrace's own vocabulary, by span names and the attributes above. */
export const voxtraceConvention: Convention = {
  name: 'voxtrace',
  role: (span) => (isRole(span.name) ? span.name : null),
  type: (span) => typesByName.get(span.name) ?? (isRole(span.name) ? 'TASK' : null),
  tokens: ({ attributes: all }) =>
    tokens(
      numberOf(all, attributes.llmPromptTokens),
      numberOf(all, attributes.llmCompletionTokens),
      numberOf(all, attributes.llmTotalTokens),
      booleanOf(all, attributes.llmTokensEstimated) ?? false,
    ),
  model: ({ attributes: all }) =>
    textOf(all, attributes.llmModel, attributes.sttModel, attributes.ttsModel, attributes.ragEmbeddingModel),
  sessionId: (span) => textOf(span.attributes, attributes.sessionId),
  userText: (span) => textOf(span.attributes, attributes.turnUserText),
  agentText: (span) => textOf(span.attributes, attributes.turnAgentText),
  firstOutputMs: (span) => millisecondsOf(span.attributes, attributes.llmTtftMs, attributes.ttsTtfbMs),
}
