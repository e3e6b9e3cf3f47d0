import type { Run } from '@voxtrace/model'
import { expect, test } from 'vitest'
import { formatMetric, metricGroups } from './run-view.ts'

const runWith = (...keys: string[]): Run => ({
  info: {
    runId: 'a',
    runName: 'a',
    experimentId: '1',
    userId: '',
    status: 'FINISHED',
    startTimeMs: 0,
    endTimeMs: null,
    lifecycleStage: 'active',
    artifactUri: '',
  },
  metrics: keys.map((key) => ({ key, value: 1, step: 0, timestampMs: 0 })),
  params: {},
  tags: {},
})

test('metrics stand under what they measure, those of no voice under one plain word', () => {
  const [group] = metricGroups(runWith('loss', 'acc'))
  expect([group?.title, group?.metrics.map(({ key }) => key)]).toEqual(['Metrics', ['acc', 'loss']])
  expect(metricGroups(runWith('loss', 'turn.count')).map(({ title }) => title)).toEqual(['Turns', 'Others'])
})

test('a value keeps the digits that tell it from its neighbours', () => {
  expect(formatMetric('loss', 0.00031)).toBe('0.00031')
  expect(formatMetric('acc', 0.9963)).toBe('0.996')
  expect(formatMetric('loss', 0)).toBe('0')
  expect(formatMetric('judge.tone', 3.456)).toBe('3.46')
  expect(formatMetric('tokens', 12345)).toBe('12,345')
  expect(formatMetric('stt.latency_ms', 0.4)).toBe('0.4 ms')
})
