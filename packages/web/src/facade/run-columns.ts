import type { Run } from '@voxtrace/model'
import { byName } from '../format/text.ts'
import { judges } from './judges.ts'
import { metricOf } from './run-view.ts'

/** A column of the list of runs, beside the name and the start that every row has. */
export interface RunColumn {
  id: string
  label: string
  content: 'duration' | 'metric' | 'param' | 'scores'
  /** Of the metric or parameter. */
  key: string
  /** Shown unless the reader chooses otherwise. */
  isUsual: boolean
}

/** What a voice bot logs, under short names. */
const voiceMetrics = [
  { key: 'turn.voice_to_voice_ms', label: 'Voice to voice, ms' },
  { key: 'llm.ttft_ms', label: 'First token, ms' },
  { key: 'llm.total_tokens', label: 'Tokens' },
] as const
/** So many of the metrics of runs that are no conversations are shown at first. */
const mostUsual = 4

/**
 * Every column that the runs have something for: metrics, parameters and judges' scores. Runs of a voice bot are known by
 * its metrics; of others their own metrics are the usual columns.
 */
export function runColumnsOf(runs: readonly Run[]): RunColumn[] {
  const isVoice =
    runs.length === 0 || runs.some((run) => voiceMetrics.some(({ key }) => metricOf(run, key) !== null))
  const known = new Set<string>(
    [...voiceMetrics, ...judges.map(({ name }) => ({ key: name }))].map(({ key }) => key),
  )
  const metrics = namesOf(runs, (run) => run.metrics.map(({ key }) => key)).filter((key) => !known.has(key))
  const params = namesOf(runs, ({ params: own }) => Object.keys(own))
  return [
    { id: 'duration', label: 'Duration', content: 'duration', key: '', isUsual: true },
    ...(isVoice ? voiceMetrics : []).map(
      ({ key, label }): RunColumn => ({ id: `metric:${key}`, label, content: 'metric', key, isUsual: true }),
    ),
    ...metrics.map(
      (key, index): RunColumn => ({
        id: `metric:${key}`,
        label: key,
        content: 'metric',
        key,
        isUsual: !isVoice && index < mostUsual,
      }),
    ),
    ...params.map(
      (key): RunColumn => ({ id: `param:${key}`, label: key, content: 'param', key, isUsual: false }),
    ),
    { id: 'scores', label: 'Scores', content: 'scores', key: '', isUsual: isVoice },
  ]
}

function namesOf(runs: readonly Run[], of: (run: Run) => readonly string[]): string[] {
  return [...new Set(runs.flatMap(of))].sort(byName)
}
