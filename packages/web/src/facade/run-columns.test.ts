import type { Run } from '@voxtrace/model'
import { describe, expect, it } from 'vitest'
import { runColumnsOf } from './run-columns.ts'

function run(metrics: Record<string, number>, params: Record<string, string> = {}): Run {
  return {
    info: {
      runId: 'r',
      runName: 'fine-kite-1',
      experimentId: '1',
      userId: '',
      status: 'FINISHED',
      startTimeMs: 0,
      endTimeMs: 1000,
      lifecycleStage: 'active',
      artifactUri: '',
    },
    metrics: Object.entries(metrics).map(([key, value]) => ({ key, value, step: 0, timestampMs: 0 })),
    params,
    tags: {},
  }
}

const usual = (runs: Run[]) =>
  runColumnsOf(runs)
    .filter(({ isUsual }) => isUsual)
    .map(({ id }) => id)

describe('the columns of a list of runs', () => {
  it('are what a voice bot logs, while others may be chosen', () => {
    const runs = [run({ 'turn.voice_to_voice_ms': 400, 'tts.ttfb_ms': 30, 'judge.tone': 4 }, { stt: 'tiny' })]
    const voice = ['metric:turn.voice_to_voice_ms', 'metric:llm.ttft_ms', 'metric:llm.total_tokens']
    expect(usual(runs)).toEqual(['duration', ...voice, 'scores'])
    const all = runColumnsOf(runs).map(({ id }) => id)
    expect(all).toEqual(['duration', ...voice, 'metric:tts.ttfb_ms', 'param:stt', 'scores'])
  })

  it('are the first of their own metrics for runs that are no conversations', () => {
    const runs = [run({ loss: 0.1, accuracy: 0.9 }), run({ epoch: 3, f1: 0.8, recall: 0.7 })]
    expect(usual(runs)).toEqual(['duration', 'metric:accuracy', 'metric:epoch', 'metric:f1', 'metric:loss'])
  })
})
