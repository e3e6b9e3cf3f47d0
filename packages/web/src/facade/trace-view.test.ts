import { type Assessment, type Span, type TraceInfo, withoutPayload } from '@voxtrace/model'
import { expect, test } from 'vitest'
import { SpokenTexts } from '../player/spoken-texts.ts'
import { speechOf } from './speech.ts'
import { TraceViewReader } from './trace-view.ts'

const info = (assessments: Assessment[]): TraceInfo => ({
  traceId: `tr-${'0'.repeat(32)}`,
  experimentId: '0',
  clientRequestId: null,
  requestTimeMs: 0,
  executionDurationMs: null,
  state: 'IN_PROGRESS',
  requestPreview: null,
  responsePreview: null,
  metadata: {},
  tags: {},
  assessments,
})

function turn(number: number, userText: string): Span {
  return {
    traceId: '0'.repeat(32),
    spanId: `turn${number}`,
    parentSpanId: null,
    name: 'turn',
    kind: 'INTERNAL',
    startTimeUnixNano: BigInt(number) * 10_000_000_000n,
    endTimeUnixNano: BigInt(number) * 10_000_000_000n + 9_000_000_000n,
    status: { code: 'UNSET', message: '' },
    attributes: { 'turn.number': number, 'turn.user_text': userText },
    ...withoutPayload,
  }
}

const tone = (spanId: string): Assessment => ({
  assessmentId: `tone of ${spanId}`,
  name: 'judge.tone',
  traceId: `tr-${'0'.repeat(32)}`,
  spanId,
  kind: 'feedback',
  source: { type: 'CODE', id: 'test' },
  createTimeMs: 0,
  lastUpdateTimeMs: 0,
  rationale: null,
  metadata: {},
  overrides: null,
  valid: true,
  value: 4,
  error: null,
})

test('turns of which nothing has changed are the same when a trace is read again, and so are their words', () => {
  const reader = new TraceViewReader()
  const spoken = new SpokenTexts()
  const [first, second, third] = [turn(1, 'One.'), turn(2, 'Two.'), turn(3, 'Three.')]
  const said = tone('turn1')
  const before = reader.read(info([said]), [first, second])
  const wordsBefore = spoken.of(before.turns, speechOf(before, 0))
  expect(spoken.of(before.turns, speechOf(before, 0))).toBe(wordsBefore)

  const grown = reader.read(info([said]), [first, { ...second, attributes: third.attributes }, third])
  expect(grown.turns.map((view, index) => view === before.turns[index])).toEqual([true, false, false])
  expect(grown.turns.map(({ userText }) => userText)).toEqual(['One.', 'Three.', 'Three.'])
  const words = spoken.of(grown.turns, speechOf(grown, 0))
  expect(words['turn1 user']).toBe(wordsBefore['turn1 user'])
  expect(words['turn2 user']?.sentences.map(({ text }) => text)).toEqual(['Three.'])

  const judged = reader.read(info([said, tone('turn3')]), [first, second, third])
  expect(judged.turns[0]).toBe(before.turns[0])
  expect(judged.turns[2]?.scores.find(({ name }) => name === 'judge.tone')?.score).toBe(4)
})
