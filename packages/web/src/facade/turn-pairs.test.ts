import type { Assessment } from '@voxtrace/model'
import { expect, test } from 'vitest'
import { comparedFigures, comparedWholes, turnPairsOf } from './turn-pairs.ts'
import type { TurnView } from './turn-view.ts'

function turn(number: number, totalMs: number | null, score: number | null = null): TurnView {
  return {
    turn: {
      number,
      spanId: `s${number}`,
      startTimeUnixNano: 0n,
      endTimeUnixNano: null,
      userText: null,
      agentText: null,
      interrupted: number === 2,
      documents: [],
      latency: { voiceToVoiceMs: totalMs, parts: {} },
      model: null,
      tokens: null,
      error: null,
    },
    number,
    spanId: `s${number}`,
    startMs: 0,
    endMs: null,
    userText: null,
    agentText: null,
    unheardText: null,
    cost: null,
    gap: totalMs === null ? null : { totalMs, parts: [], unexplainedMs: 0, slow: false },
    scores: [
      {
        id: 'a',
        name: 'judge.tone',
        label: 'Tone',
        short: 'Ton',
        spanId: null,
        state: 'scored',
        score,
        text: '',
        rationale: null,
        sourceType: null,
        sourceId: '',
        metadata: {},
        timeMs: null,
      },
    ],
  }
}

test('turns are paired by their number, and those that one side lacks stand alone', () => {
  const pairs = turnPairsOf(
    [turn(1, 1000), turn(2, 900), turn(3, null)],
    [turn(1, 1400), turn(3, 800), turn(4, 700)],
  )
  expect(
    pairs.map(({ number, left, right, waitChangeMs }) => [
      number,
      left !== null,
      right !== null,
      waitChangeMs,
    ]),
  ).toEqual([
    [1, true, true, 400],
    [2, true, false, null],
    [3, true, true, null],
    [4, false, true, null],
  ])
})

test('figures of two conversations stand side by side, unknown ones as such', () => {
  const figures = comparedFigures([turn(1, 1000, 4), turn(2, 2000, 5)], [])
  expect(figures.find(({ label }) => label === 'Voice to voice, median')).toMatchObject({
    left: 1500,
    right: null,
  })
  expect(figures.find(({ label }) => label === 'Interruptions')).toMatchObject({ left: 1, right: 0 })
  expect(figures.find(({ label }) => label === 'Tone')).toMatchObject({ left: 4.5, right: null })
})

test('scores of people do not count as those of the judge', () => {
  const judged = turn(1, 900, 4)
  const [own] = judged.scores
  if (own === undefined) throw new Error('a turn has a score')
  const both = { ...judged, scores: [own, { ...own, id: 'b', score: 1, sourceType: 'HUMAN' as const }] }
  expect(comparedFigures([both], [judged])).toContainEqual(
    expect.objectContaining({ label: 'Tone', left: 4, right: 4 }),
  )
})

test('what judges say of the whole conversations stands side by side', () => {
  const said = (name: string, value: number, type: 'LLM_JUDGE' | 'HUMAN', timeMs: number): Assessment => ({
    kind: 'feedback',
    assessmentId: `${name} ${type} ${timeMs}`,
    traceId: 'tr-1',
    spanId: null,
    name,
    value,
    source: { type, id: 'someone' },
    rationale: null,
    metadata: {},
    error: null,
    overrides: null,
    valid: true,
    createTimeMs: timeMs,
    lastUpdateTimeMs: timeMs,
  })
  const left = [
    said('judge.calm', 2, 'LLM_JUDGE', 1),
    said('judge.calm', 4, 'LLM_JUDGE', 2),
    said('judge.calm', 1, 'HUMAN', 3),
  ]
  expect(comparedWholes(left, [said('judge.retention', 5, 'LLM_JUDGE', 1)])).toMatchObject([
    { label: 'Goal completion', left: null, right: null },
    { label: 'Caller’s calm', left: 4, right: null },
    { label: 'Retention', left: null, right: 5 },
  ])
})
