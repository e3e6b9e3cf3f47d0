import {
  firstOutputMs,
  latencyParts,
  modelName,
  readConversation,
  retrievedDocuments,
  type Span,
  sessionId,
  spanInputs,
  spanOutputs,
  spanType,
  textPreview,
  tokenUsage,
  userId,
} from '@voxtrace/model'
import { describe, expect, it } from 'vitest'
import { call } from './call.ts'
import { expectedTraces, expectedTurns } from './expected.ts'
import { fixtureSpans } from './fixtures.ts'
import { producers } from './producers.ts'

const voices = producers.filter(({ holdsCall }) => holdsCall).map(({ name }) => name)

describe.each(voices)('the call that %s tells', (name) => {
  const spans = fixtureSpans(name)
  const conversation = readConversation(spans)

  it('has the turns that were spoken', () => {
    expect(conversation?.turns).toMatchObject(expectedTurns)
    expect(conversation?.turns.every(({ error }) => error === null)).toBe(true)
    expect(conversation?.turns.every(({ endTimeUnixNano }) => endTimeUnixNano !== null)).toBe(true)
    expect(conversation?.endTimeUnixNano).not.toBeNull()
    expect(conversation?.sessionId).toBe('session-1')
  })

  it('counts each token once, those of both steps of the tool call', () => {
    const [, time, weather, story] = conversation?.turns ?? []
    expect(time?.tokens).toMatchObject({ inputTokens: 12, outputTokens: 3, totalTokens: 15 })
    expect(weather?.tokens).toMatchObject({ inputTokens: 44, outputTokens: 6, totalTokens: 50 })
    expect(story?.tokens).toMatchObject({ inputTokens: 33, outputTokens: 22, totalTokens: 55 })
    expect(time?.model).toMatch(/^small-model/)
  })

  it('cuts the voice-to-voice time of every answer into parts that sum to it', () => {
    for (const { latency } of conversation?.turns.slice(1) ?? []) {
      expect(latency.voiceToVoiceMs).toBeGreaterThan(250)
      expect(latency.voiceToVoiceMs).toBeLessThan(3000)
      expect(Object.keys(latency.parts)).toEqual(
        latencyParts.filter((part) => part !== 'rag_retrieval' && part !== 'network'),
      )
      // The agents wait 0.3 s, and Pipecat's ear 0.2 s more, before they take the turn.
      expect((latency.parts.end_of_utterance ?? 0) + (latency.parts.speech_to_text ?? 0)).toBeGreaterThan(250)
      const sum = Object.values(latency.parts).reduce((total, part) => total + part, 0)
      expect(sum).toBeCloseTo(latency.voiceToVoiceMs ?? 0, 2)
    }
  })

  it('can be read at any moment, parents after their children', () => {
    const known = new Set(spans.map(({ spanId }) => spanId))
    for (let arrived = 1; arrived < spans.length; arrived++) {
      const turns = readConversation(spans.slice(0, arrived))?.turns ?? []
      expect(new Set(turns.map(({ spanId }) => spanId)).size).toBe(turns.length)
      for (const turn of turns) {
        expect(known).toContain(turn.spanId)
        if (turn.userText !== null)
          expect(expectedTurns.map(({ userText }) => userText)).toContain(turn.userText)
      }
    }
  })

  it('says of every span what kind of work it is', () => {
    expect(spans.filter((span) => spanType(span) === 'UNKNOWN').map((span) => span.name)).toEqual([])
  })
})

describe.each(Object.entries(expectedTraces))('the program that %s watches', (name, expected) => {
  const spans = fixtureSpans(name)
  const chats = spans.filter((span) => spanType(span) === 'CHAT_MODEL')
  const asking = (question: string, model = 'small-model-2026') =>
    chats.filter((span) => modelName(span) === model && textPreview(spanInputs(span), 'user') === question)

  it('does what its spans say, for the session and the user who asked', () => {
    expect(spans.map((span) => `${span.name} ${spanType(span)}`).sort()).toEqual([...expected.types].sort())
    const roots = spans.filter(({ parentSpanId }) => parentSpanId === null)
    expect(roots.map(sessionId)).toEqual(roots.map(() => expected.session))
    expect(roots.map(userId)).toEqual(roots.map(() => expected.user))
  })

  it('asks and is answered, at once, in a stream and in two steps with a tool', () => {
    const [time, weather, story] = call.exchanges
    const answers = (span: Span | undefined) =>
      span === undefined ? null : textPreview(spanOutputs(span), 'assistant')
    expect(asking(time?.user ?? '').map(answers)).toEqual([time?.agent])
    expect(asking(story?.user ?? '').map(answers)).toEqual([story?.agent])
    const [calling, told] = asking(weather?.user ?? '')
    expect(JSON.stringify(calling && spanOutputs(calling))).toContain('get_weather')
    expect(answers(told)).toBe(weather?.agent)
    expect(told && tokenUsage(told)).toMatchObject({ inputTokens: 11, outputTokens: 5, totalTokens: 16 })
  })

  it('has the first token of what it streams after its start and before its end', () => {
    const [streamed] = asking(call.exchanges[2]?.user ?? '')
    if (streamed === undefined) throw new Error('nothing was streamed')
    const first = firstOutputMs(streamed)
    if (name === 'opentelemetry-openai') return expect(first).toBeNull()
    const lastedMs = Number((streamed.endTimeUnixNano ?? 0n) - streamed.startTimeUnixNano) / 1e6
    expect(first).toBeGreaterThan(5)
    expect(first).toBeLessThan(lastedMs)
  })

  it('is refused by a model that does not exist', () => {
    const [refused] = asking(call.exchanges[0]?.user ?? '', 'missing')
    expect(refused?.status.code).toBe('ERROR')
    expect(refused && tokenUsage(refused)).toBeNull()
  })

  it('embeds a text', () => {
    const embedding = spans.find((span) => spanType(span) === 'EMBEDDING')
    expect(embedding && modelName(embedding)).toMatch(/^(stub|small)-embedding$/)
    expect((embedding && tokenUsage(embedding)?.inputTokens) ?? null).toBe(expected.embeddingTokens)
  })
})

it.each(['openinference-openai', 'mlflow-openai'])(
  'reads the documents that %s says were retrieved',
  (name) => {
    const retriever = fixtureSpans(name).find((span) => span.name === 'retrieve')
    expect(retriever && retrievedDocuments(retriever)).toEqual([
      {
        id: '7',
        title: null,
        text: 'Noon is at twelve.',
        score: expect.toBeOneOf([0.9, null]),
        source: 'time.md',
      },
      {
        id: '8',
        title: null,
        text: 'Paris is in France.',
        score: expect.toBeOneOf([0.4, null]),
        source: null,
      },
    ])
  },
)
