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
  /** Every span by name and type, sorted. */
  types: readonly string[]
}

const times = (count: number, what: string) => Array.from({ length: count }, () => what)

const asked = (chat: string, embeddings: string) => [
  ...times(5, `${chat} CHAT_MODEL`),
  `${embeddings} EMBEDDING`,
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

/** By producer. Every one asks five times and embeds once. */
export const expectedTraces: Readonly<Record<string, ExpectedTrace>> = {
  'openinference-openai': {
    session: 'session-1',
    user: 'user-1',
    types: [
      ...asked('ChatCompletion', 'CreateEmbeddings'),
      'answer AGENT',
      'retrieve RETRIEVER',
      'weather TOOL',
    ],
  },
  'traceloop-openai': {
    session: 'session-1',
    user: 'user-1',
    types: ['answer.workflow WORKFLOW', ...asked('openai.chat', 'openai.embeddings'), 'weather.tool TOOL'],
  },
  'ai-sdk': {
    session: 'session-1',
    user: 'user-1',
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
  'ai-sdk-legacy': { session: 'session-1', user: 'user-1', types: aiSdkTypes },
  'ai-sdk-6': { session: 'session-1', user: 'user-1', types: aiSdkTypes },
  'opentelemetry-openai': {
    session: null,
    user: null,
    types: [
      'answer UNKNOWN',
      'chat missing CHAT_MODEL',
      ...times(4, 'chat small-model CHAT_MODEL'),
      'embeddings small-embedding EMBEDDING',
    ],
  },
}
