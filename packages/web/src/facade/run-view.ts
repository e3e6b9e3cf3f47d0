import type { Metric, Run } from '@voxtrace/model'
import { byName } from '../format/text.ts'
import { judges } from './judges.ts'

export function metricOf(run: Run, key: string): number | null {
  const value = run.metrics.find((metric) => metric.key === key)?.value
  return value !== undefined && Number.isFinite(value) ? value : null
}

export interface MetricGroup {
  title: string
  metrics: Metric[]
}

const groupTitles: [prefix: string, title: string][] = [
  ['turn.', 'Turns'],
  ['judge.', 'Judges'],
  ['llm.', 'Language model'],
  ['rag.', 'Retrieval'],
  ['stt.', 'Transcription'],
  ['tts.', 'Speech'],
]

/** The metrics of a run by what they measure, the voice ones first. */
export function metricGroups(run: Run): MetricGroup[] {
  const metrics = run.metrics.toSorted((a, b) => byJudgeOrder(a.key, b.key))
  const known = groupTitles.map(([prefix, title]) => ({
    title,
    metrics: metrics.filter(({ key }) => key.startsWith(prefix)),
  }))
  const others = metrics.filter(({ key }) => !groupTitles.some(([prefix]) => key.startsWith(prefix)))
  const title = others.length === metrics.length ? 'Metrics' : 'Others'
  return [...known, { title, metrics: others }].filter((group) => group.metrics.length > 0)
}

/** What the steps of a metric are: those of a conversation are its turns. */
export function stepWord(key: string): 'turn' | 'step' {
  return groupTitles.some(([prefix]) => key.startsWith(prefix)) ? 'turn' : 'step'
}

function byJudgeOrder(a: string, b: string): number {
  const at = (key: string) => judges.findIndex(({ name }) => name === key)
  const [first, second] = [at(a), at(b)]
  return first >= 0 && second >= 0 ? first - second : byName(a, b)
}

export interface MetricSeries {
  steps: number[]
  values: (number | null)[]
}

/** A metric's history as a line: the last value of each step, in the order of steps; NaN and infinities leave gaps. */
export function seriesOf(history: readonly Metric[]): MetricSeries {
  const byStep = new Map<number, Metric>()
  for (const metric of history) {
    const known = byStep.get(metric.step)
    if (!known || metric.timestampMs >= known.timestampMs) byStep.set(metric.step, metric)
  }
  const sorted = [...byStep.values()].sort((a, b) => a.step - b.step)
  return {
    steps: sorted.map(({ step }) => step),
    values: sorted.map(({ value }) => (Number.isFinite(value) ? value : null)),
  }
}

/** A metric's value in the form its name calls for. */
export function formatMetric(key: string, value: number): string {
  if (!Number.isFinite(value)) return String(value)
  const digits = key.endsWith('_ms') || Math.abs(value) >= 100 ? 0 : 2
  // An accuracy of 0.996 is not one of 0.992, nor a rate of 0.0003 none.
  if (!key.endsWith('_ms') && Math.abs(value) < 1) return String(Number(value.toPrecision(3)))
  const text = value.toLocaleString('en-US', { maximumFractionDigits: Math.abs(value) < 10 ? 2 : digits })
  return key.endsWith('_ms') ? `${text} ms` : text
}
