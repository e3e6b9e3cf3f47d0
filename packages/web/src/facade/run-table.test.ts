import type { Run } from '@voxtrace/model'
import { expect, it } from 'vitest'
import { runsAsCsv, runsAsJson } from './run-table.ts'

function run(runId: string, metrics: Record<string, number>, params: Record<string, string> = {}): Run {
  return {
    info: {
      runId,
      runName: `run "${runId}"`,
      experimentId: '1',
      userId: 'ada',
      status: 'FINISHED',
      startTimeMs: 0,
      endTimeMs: null,
      lifecycleStage: 'active',
      artifactUri: '',
    },
    metrics: Object.entries(metrics).map(([key, value]) => ({ key, value, step: 0, timestampMs: 0 })),
    params,
    tags: {},
  }
}

const runs = [run('a', { loss: 0.5 }, { model: 'small, fast' }), run('b', { loss: Number.NaN, f1: 1 })]

it('writes a column for everything that any run has, and quotes what has to be', () => {
  expect(runsAsCsv(runs).split('\r\n')).toEqual([
    'run_id,run_name,status,user_id,start_time,end_time,params.model,metrics.f1,metrics.loss',
    'a,"run ""a""",FINISHED,ada,1970-01-01T00:00:00.000Z,,"small, fast",,0.5',
    'b,"run ""b""",FINISHED,ada,1970-01-01T00:00:00.000Z,,,1,NaN',
    '',
  ])
})

it('writes JSON that keeps what is no number', () => {
  expect(JSON.parse(runsAsJson(runs))).toMatchObject([
    { info: { runId: 'a' }, params: { model: 'small, fast' }, metrics: { loss: 0.5 } },
    { info: { runId: 'b' }, metrics: { loss: 'NaN', f1: 1 } },
  ])
})
