import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ConversationReader, isTurnSpan, readConversation } from './read-conversation.ts'
import { span } from './span.test.builder.ts'

describe('a conversation', () => {
  it('is not found where nothing is a turn', () => {
    expect(readConversation([])).toBeNull()
    expect(
      readConversation([span('a', 'chat gpt-4o', 0, 1, null, { 'gen_ai.operation.name': 'chat' })]),
    ).toBeNull()
  })

  it('takes the retrieval and the model of any vocabulary inside a turn', () => {
    const conversation = readConversation([
      span('t1', 'turn', 0, 9, null, { 'turn.number': 1, 'turn.user_text': 'q' }),
      span('r1', 'VectorStoreRetriever', 0, 1, 't1', {
        'openinference.span.kind': 'RETRIEVER',
        'retrieval.documents.0.document.id': '7',
        'retrieval.documents.0.document.content': 'seven',
        'retrieval.documents.0.document.score': 0.7,
      }),
      span('l1', 'ai.generateText.doGenerate', 1, 2, 't1', {
        'ai.operationId': 'ai.generateText.doGenerate',
        'ai.model.id': 'mistral-small',
        'ai.response.text': 'seven it is',
        'ai.usage.inputTokens': 4,
      }),
    ])
    expect(conversation?.turns).toMatchObject([
      {
        agentText: 'seven it is',
        documents: [{ id: '7', text: 'seven', score: 0.7 }],
        model: 'mistral-small',
        tokens: { inputTokens: 4, outputTokens: null, totalTokens: null },
      },
    ])
  })

  it('is read again with the turns that it had, anew only those of which something has changed', () => {
    const reader = new ConversationReader()
    const turn = (id: string, number: number) =>
      span(id, 'turn', number * 10, number * 10 + 9, null, { 'turn.number': number })
    const words = (id: string, parent: string, text: string) =>
      span(id, 'speech_to_text', 1, 2, parent, { 'mlflow.spanOutputs': { transcript: text } })
    const [first, second, third] = [turn('t1', 1), turn('t2', 2), turn('t3', 3)]
    const heard = words('w1', 't1', 'one')
    const before = reader.read([first, heard, second])
    const after = reader.read([first, heard, second, words('w2', 't2', 'two'), third])
    expect(after?.turns[0]).toBe(before?.turns[0])
    expect(after?.turns.map(({ userText }) => userText)).toEqual(['one', 'two', null])
    expect(reader.read([second])?.turns).toEqual(readConversation([second])?.turns)
  })

  it('takes what was said for words, also when it reads as a number', () => {
    const conversation = readConversation([
      span('t1', 'turn', 0, 9, null, { 'turn.number': 1 }),
      span('s1', 'speech_to_text', 0, 1, 't1', { 'mlflow.spanOutputs': '6 times 7' }),
      span('l1', 'llm_generation', 1, 2, 't1', { 'mlflow.spanOutputs': '42' }),
    ])
    expect(conversation?.turns).toMatchObject([{ userText: '6 times 7', agentText: '42' }])
  })

  it('has as turns the spans that stand for turns', () => {
    expect(isTurnSpan(span('t', 'turn', 0, 1, null))).toBe(true)
    expect(isTurnSpan(span('t', 'turn-3', 0, 1, null))).toBe(true)
    expect(isTurnSpan(span('t', 'agent_turn', 0, 1, null))).toBe(true)
    expect(isTurnSpan(span('t', 'user_turn', 0, 1, null))).toBe(false)
    expect(isTurnSpan(span('t', 'llm_generation', 0, 1, null))).toBe(false)
  })

  it('counts turns itself when a producer counts in no whole numbers', () => {
    const numbers = ['first', -1, 1.5, 1e300, null, '3'].map((number, index) =>
      span(`t${index}`, 'turn', index, index, null, { 'turn.number': number }),
    )
    expect(readConversation(numbers)?.turns.map((turn) => turn.number)).toEqual([1, 2, 3, 4, 5, 3])
  })

  it('is read from any spans, also from parents that go in circles', () => {
    const names = [
      'conversation',
      'turn',
      'stt',
      'llm',
      'tts',
      'user_turn',
      'agent_turn',
      'agent_speaking',
      'agent_session',
      'on_enter',
      'llm_node',
      'rag_retrieval',
      'other',
    ]
    const anySpan = fc
      .record({
        id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
        parent: fc.option(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'missing')),
        name: fc.constantFrom(...names),
        start: fc.nat(1000),
        end: fc.option(fc.nat(2000)),
        attributes: fc.dictionary(
          fc.constantFrom(
            'turn.number',
            'turn.user_text',
            'lk.e2e_latency',
            'metrics.ttfb',
            'input',
            'lk.speech_id',
            'mlflow.spanOutputs',
            'turn.user_bot_latency_seconds',
          ),
          fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value))),
        ),
      })
      .map((each) => span(each.id, each.name, each.start, each.end, each.parent, each.attributes))
    fc.assert(
      fc.property(fc.array(anySpan, { maxLength: 12 }), (spans) => {
        const conversation = readConversation(spans)
        const ids = conversation?.turns.map((turn) => turn.spanId) ?? []
        expect(new Set(ids).size).toBe(ids.length)
        expect(conversation?.turns.every((turn) => Number.isInteger(turn.number)) ?? true).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it('is read from 10,000 spans', () => {
    const spans = Array.from({ length: 1000 }, (_, index) => {
      const at = index * 100
      return [
        span(`t${index}`, 'turn', at, at + 90, 'c', { 'turn.number': index + 1 }),
        ...Array.from({ length: 9 }, (_, part) =>
          span(`t${index}.${part}`, 'tts', at + part, at + 90, `t${index}`, { text: 'word' }),
        ),
      ]
    }).flat()
    const conversation = readConversation(spans)
    expect(conversation?.turns).toHaveLength(1000)
    expect(conversation?.turns.at(-1)?.agentText?.split(' ')).toHaveLength(9)
  })
})
