import { call } from './call.ts'

/** What is known beforehand of a turn of the call. */
interface ExpectedTurn {
  number: number
  userText: string | null
  agentText: string
  interrupted: boolean
}

/** The turns of the call, whoever holds it: the greeting is turn 0. */
export const expectedTurns: readonly ExpectedTurn[] = [
  { number: 0, userText: null, agentText: call.greeting, interrupted: false },
  ...call.exchanges.map((exchange, index) => ({
    number: index + 1,
    userText: exchange.user,
    agentText: exchange.agent,
    interrupted: exchange.interrupted,
  })),
]

/** What is known beforehand of a trace of the program that asks a language model. */
export interface ExpectedTrace {
  session: string | null
  user: string | null
  /** Tokens of the whole trace, each counted once: 10, 30 in a stream, 10 and 16 for the chats, 5 for the embedding. */
  totalTokens: number
  /** What is counted of the embedding. */
  embeddingTokens: number | null
  /** Every span by name and type, sorted. */
  types: readonly string[]
}

const times = (count: number, what: string) => Array.from({ length: count }, () => what)

const asked = (chat: string, embeddings: string) => [
  ...times(5, `${chat} CHAT_MODEL`),
  `${embeddings} EMBEDDING`,
]

const traceloopTypes = [
  'answer.workflow WORKFLOW',
  ...asked('openai.chat', 'openai.embeddings'),
  'weather.tool TOOL',
]

const aiSdkTypes = [
  ...times(4, 'ai.generateText.doGenerate CHAT_MODEL'),
  ...times(3, 'ai.generateText CHAIN'),
  'ai.streamText CHAIN',
  'ai.streamText.doStream CHAT_MODEL',
  'ai.toolCall TOOL',
  'ai.embed EMBEDDING',
  'ai.embed.doEmbed EMBEDDING',
]

const known = { session: 'session-1', user: 'user-1', totalTokens: 71, embeddingTokens: 5 }

/** By producer. Every one asks five times and embeds once. */
export const expectedTraces: Readonly<Record<string, ExpectedTrace>> = {
  'openinference-openai': {
    ...known,
    types: [
      ...asked('ChatCompletion', 'CreateEmbeddings'),
      'answer AGENT',
      'retrieve RETRIEVER',
      'weather TOOL',
    ],
  },
  // Version 0.40 counts no tokens of a stream.
  'traceloop-openai-0.40': { ...known, totalTokens: 41, types: traceloopTypes },
  'traceloop-openai': { ...known, types: traceloopTypes },
  'ai-sdk': {
    ...known,
    types: [
      ...times(4, 'chat small-model CHAT_MODEL'),
      'chat missing CHAT_MODEL',
      ...times(2, 'embeddings small-embedding EMBEDDING'),
      'execute_tool get_weather TOOL',
      'invoke_agent missing AGENT',
      ...times(3, 'invoke_agent small-model AGENT'),
      ...times(4, 'step 1 CHAIN'),
      'step 2 CHAIN',
    ],
  },
  'ai-sdk-legacy': { ...known, types: aiSdkTypes },
  'ai-sdk-6': { ...known, types: aiSdkTypes },
  'mlflow-openai': {
    session: null,
    user: null,
    totalTokens: 66,
    embeddingTokens: null,
    types: [...asked('Completions', 'Embeddings'), 'answer AGENT', 'retrieve RETRIEVER', 'weather TOOL'],
  },
  'opentelemetry-openai': {
    session: null,
    user: null,
    totalTokens: 71,
    embeddingTokens: 5,
    types: [
      'answer UNKNOWN',
      'chat missing CHAT_MODEL',
      ...times(4, 'chat small-model CHAT_MODEL'),
      'embeddings small-embedding EMBEDDING',
    ],
  },
}
