import { type Span, type TraceInfo, withoutPayload } from '@voxtrace/model'
import { expect, test } from 'vitest'
import { sentencesOf, timedSentences } from './sentences.ts'
import { beginningWithin, overlapsOf, placedGaps, type Speech, silencesOf, speechOf } from './speech.ts'
import { traceViewOf } from './trace-view.ts'

const speech = (voice: Speech['voice'], fromMs: number, toMs: number): Speech => ({
  voice,
  fromMs,
  toMs,
  spanId: `${voice}${fromMs}`,
})

test('voices that sound together overlap, a touch at the edge does not', () => {
  const stretches = [
    speech('user', 0, 1000),
    speech('agent', 1500, 5000),
    speech('user', 4600, 6000),
    speech('agent', 5980, 8000),
  ]
  expect(overlapsOf(stretches)).toEqual([{ fromMs: 4600, toMs: 5000 }])
})

test('voices overlap however long one of them has spoken', () => {
  const stretches = [speech('agent', 0, 9000), speech('user', 1000, 1500), speech('user', 8000, 8500)]
  expect(overlapsOf(stretches)).toEqual([
    { fromMs: 1000, toMs: 1500 },
    { fromMs: 8000, toMs: 8500 },
  ])
})

test('stretches are found by when they begin, from the first moment on and before the last', () => {
  const stretches = [0, 1000, 1000, 2000, 3000].map((fromMs) => ({ fromMs }))
  const found = (fromMs: number, toMs: number) =>
    beginningWithin(stretches, fromMs, toMs).map((stretch) => stretch.fromMs)
  expect(found(1000, 3000)).toEqual([1000, 1000, 2000])
  expect(found(-5, Number.POSITIVE_INFINITY)).toEqual([0, 1000, 1000, 2000, 3000])
  expect(found(1001, 1999)).toEqual([])
  expect(beginningWithin([], 0, 10)).toEqual([])
})

test('silence is where nobody speaks for long enough, before, between and after', () => {
  const stretches = [
    { fromMs: 4000, toMs: 5000 },
    { fromMs: 2000, toMs: 4500 },
    { fromMs: 5300, toMs: 6000 },
  ]
  expect(silencesOf(stretches, 9000, 1000)).toEqual([
    { fromMs: 0, toMs: 2000 },
    { fromMs: 6000, toMs: 9000 },
  ])
  expect(silencesOf([], 500, 1000)).toEqual([])
})

test('sentences keep their marks, and a text without any is one', () => {
  expect(sentencesOf('Yes. It costs $1.50 a day! "Really?" Well')).toEqual([
    'Yes.',
    'It costs $1.50 a day!',
    '"Really?"',
    'Well',
  ])
  expect(sentencesOf('no mark')).toEqual(['no mark'])
  expect(sentencesOf('')).toEqual([])
})

test('sentences share the time of their speech by length, across pauses', () => {
  const spoken = [speech('agent', 1000, 2000), speech('agent', 3000, 4000)]
  expect(timedSentences('Ten chars. Ten more c.', spoken)).toMatchObject([
    { text: 'Ten chars.', fromMs: 1000 },
    { text: 'Ten more c.', toMs: 4000 },
  ])
  const [first, second] = timedSentences('aaaa. bbbb.', spoken)
  expect([first?.toMs, second?.fromMs]).toEqual([2000, 3000])
})

test('sentences of a voice that is not known to have spoken have no time', () => {
  expect(timedSentences('Hello.', [])).toEqual([{ text: 'Hello.', fromMs: null, toMs: null }])
})

const info: TraceInfo = {
  traceId: `tr-${'0'.repeat(32)}`,
  experimentId: '0',
  clientRequestId: null,
  requestTimeMs: 0,
  executionDurationMs: null,
  state: 'OK',
  requestPreview: null,
  responsePreview: null,
  metadata: {},
  tags: {},
  assessments: [],
}

function span(
  name: string,
  parentSpanId: string | null,
  startMs: number,
  endMs: number,
  attributes: Span['attributes'] = {},
): Span {
  return {
    traceId: '0'.repeat(32),
    spanId: `${name}${startMs}`,
    parentSpanId,
    name,
    kind: 'INTERNAL',
    startTimeUnixNano: BigInt(startMs) * 1_000_000n,
    endTimeUnixNano: BigInt(endMs) * 1_000_000n,
    status: { code: 'UNSET', message: '' },
    attributes,
    ...withoutPayload,
  }
}

const voicesOf = (spans: Span[]) =>
  speechOf(traceViewOf(info, spans), 9000).map(({ voice, fromMs, toMs }) => [voice, fromMs, toMs])

test('speech is where its spans are, and goes on to the end while they are open', () => {
  const turn = span('turn', 'conversation0', 100, 4000, { 'turn.number': 1, 'turn.user_text': 'Hi' })
  const spans = [
    span('conversation', null, 0, 5000),
    turn,
    span('user_speech', turn.spanId, 100, 900),
    { ...span('agent_speech', turn.spanId, 1500, 4000), endTimeUnixNano: null },
    span('text_to_speech', turn.spanId, 1400, 1700),
  ]
  expect(voicesOf(spans)).toEqual([
    ['user', 100, 900],
    ['agent', 1500, 9000],
  ])
})

test('in a turn without a span for a voice, what recognised or made it stands for it', () => {
  const turn = span('turn', 'conversation0', 0, 4000, { 'turn.number': 1 })
  const spans = [
    span('conversation', null, 0, 5000, { 'conversation.id': 'c', 'conversation.type': 'voice' }),
    turn,
    span('stt', turn.spanId, 100, 900, { 'gen_ai.operation.name': 'stt', transcript: 'Hi', is_final: true }),
    span('tts', turn.spanId, 1500, 1800, { 'gen_ai.operation.name': 'tts', text: 'Hello.' }),
    span('tts', turn.spanId, 1900, 2400, { 'gen_ai.operation.name': 'tts', text: 'There.' }),
  ]
  expect(voicesOf(spans)).toEqual([
    ['user', 100, 900],
    ['agent', 1500, 2400],
  ])
})

test('a wait ends when the user hears the answer, by the network later than the agent gave it', () => {
  const turn = span('turn', 'conversation0', 100, 4000, {
    'turn.number': 1,
    'turn.voice_to_voice_ms': 640,
    'turn.latency.end_of_utterance_ms': 600,
    'turn.latency.network_ms': 40,
  })
  const view = traceViewOf(info, [
    span('conversation', null, 0, 5000),
    turn,
    span('user_speech', turn.spanId, 100, 900),
    span('agent_speech', turn.spanId, 1500, 4000),
  ])
  const [gap] = placedGaps(view.turns, speechOf(view, 5000))
  expect([gap?.fromMs, gap?.toMs]).toEqual([900, 1540])
})
