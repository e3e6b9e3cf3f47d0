import type { ModelUsage } from '../model-usage.ts'
import type { CountedTwice } from './counted-twice.ts'
import { bucketOf, bucketOfScore } from './histogram.ts'

/** A row of the figures, as one trace has a part in it. */
export interface Cell {
  metric: string
  dimension: string
  value: string
  bucket: number
  count: number
  sum: number
}

/** What is counted of a trace. Its usage is what is told of it as a whole. */
export interface CountedTrace extends ModelUsage {
  state: string
  durationMs: number | null
  spanCount: number
  errorCount: number
  tags: [key: string, value: string][]
}

/** A span that used a model, or counts tokens or cost. */
export interface CountedCall extends ModelUsage {
  spanId: string
  model: string | null
  durationMs: number | null
  firstTokenMs: number | null
}

export interface CountedTurn {
  number: number
  interrupted: boolean
  voiceToVoiceMs: number | null
  parts: Record<string, number | null>
}

export interface CountedScore {
  name: string
  metric: 'score' | 'human_score'
  number: number | null
  /** Of a conversation as a whole, which is no part of the mean over turns. */
  isOfConversation: boolean
}

/** Larger numbers are no measurements, and their sums would be no numbers. */
const mostMeasured = 1e300

/** What a row of the figures is of, beside its metric. */
interface Place {
  dimension: string
  value: string
}

/** What a trace has a part in. */
export function contributionOf(
  trace: CountedTrace,
  calls: CountedCall[],
  turns: CountedTurn[],
  scores: CountedScore[],
  countedTwice: CountedTwice[],
): Cell[] {
  const cells = new Cells()
  const whole: Place = { dimension: '', value: '' }
  const models = new Map<string, Place>()
  for (const { model } of calls) {
    if (model !== null && !models.has(model)) models.set(model, { dimension: 'model', value: model })
  }
  const tags = trace.tags.map(([key, value]): Place => ({ dimension: `tag:${key}`, value }))
  const places = [whole, ...models.values(), ...tags]
  const count = (metric: string, times: number) => {
    for (const place of places) cells.add(metric, place, 0, times, 0)
  }
  const measure = (metric: string, number: number | null, bucket = bucketOf) => {
    for (const place of places) cells.measure(metric, place, number, bucket)
  }

  count('traces', 1)
  if (trace.state === 'ERROR') count('failed_traces', 1)
  if (trace.spanCount > 0) count('spans', trace.spanCount)
  if (trace.errorCount > 0) count('failed_spans', trace.errorCount)
  measure('trace_ms', trace.durationMs)
  for (const { number, interrupted, voiceToVoiceMs, parts } of turns) {
    if (number > 0) count('turns', 1)
    if (number > 0 && interrupted) count('interrupted_turns', 1)
    measure('voice_to_voice_ms', voiceToVoiceMs)
    for (const [part, ms] of Object.entries(parts)) measure(`latency.${part}_ms`, ms)
  }
  const names = new Map<string, Place>()
  for (const { metric, name, number, isOfConversation } of scores) {
    const ofName = names.get(name) ?? { dimension: 'name', value: name }
    names.set(name, ofName)
    if (!isOfConversation) measure(metric, number, bucketOfScore)
    cells.measure(metric, ofName, number, bucketOfScore)
  }

  const twice = new Set(countedTwice.map(({ spanId, what, dimension }) => `${spanId} ${what} ${dimension}`))
  const isCountedTwice = (spanId: string, what: CallFigure['what'], dimension: CountedTwice['dimension']) =>
    twice.size > 0 && twice.has(`${spanId} ${what} ${dimension}`)
  for (const call of calls) {
    const ofModel = call.model === null ? undefined : models.get(call.model)
    for (const { metric, what, read } of callFigures) {
      const number = read(call)
      if (number === null) continue
      if (!isCountedTwice(call.spanId, what, '')) cells.measure(metric, whole, number)
      if (ofModel !== undefined && !isCountedTwice(call.spanId, what, 'model'))
        cells.measure(metric, ofModel, number)
    }
  }
  // Some clients tell of the trace alone what its calls used.
  for (const { metric, what, read } of usageFigures) {
    const isToldByCalls = usageFigures.some(
      (figure) => figure.what === what && calls.some((call) => figure.read(call) !== null),
    )
    if (!isToldByCalls) cells.measure(metric, whole, read(trace))
  }
  return cells.all()
}

interface UsageFigure {
  metric: string
  what: CountedTwice['what']
  read: (usage: ModelUsage) => number | null
}

const usageFigures: readonly UsageFigure[] = [
  { metric: 'input_tokens', what: 'tokens', read: ({ inputTokens }) => inputTokens },
  { metric: 'output_tokens', what: 'tokens', read: ({ outputTokens }) => outputTokens },
  { metric: 'total_tokens', what: 'tokens', read: ({ totalTokens }) => totalTokens },
  { metric: 'input_cost', what: 'cost', read: ({ inputCost }) => inputCost },
  { metric: 'output_cost', what: 'cost', read: ({ outputCost }) => outputCost },
  { metric: 'total_cost', what: 'cost', read: ({ totalCost }) => totalCost },
]

interface CallFigure {
  metric: string
  what: CountedTwice['what'] | 'time'
  read: (call: CountedCall) => number | null
}

const callFigures: readonly CallFigure[] = [
  { metric: 'model_ms', what: 'time', read: (call) => (call.model === null ? null : call.durationMs) },
  { metric: 'first_token_ms', what: 'time', read: (call) => call.firstTokenMs },
  {
    metric: 'timed_output_tokens',
    what: 'tokens',
    read: (call) => (call.model === null || call.durationMs === null ? null : call.outputTokens),
  },
  ...usageFigures,
]

/** Cells, each once. */
class Cells {
  readonly #byMetric = new Map<string, Map<Place, Map<number, Cell>>>()

  measure(metric: string, place: Place, number: number | null, bucket = bucketOf): void {
    if (number === null || !(Math.abs(number) < mostMeasured)) return
    this.add(metric, place, bucket(number), 1, number)
  }

  add(metric: string, place: Place, bucket: number, count: number, sum: number): void {
    let places = this.#byMetric.get(metric)
    if (places === undefined) {
      places = new Map()
      this.#byMetric.set(metric, places)
    }
    let buckets = places.get(place)
    if (buckets === undefined) {
      buckets = new Map()
      places.set(place, buckets)
    }
    const cell = buckets.get(bucket)
    if (cell === undefined) buckets.set(bucket, { metric, ...place, bucket, count, sum })
    else {
      cell.count += count
      cell.sum += sum
    }
  }

  /** Those of one metric and place beside each other. */
  all(): Cell[] {
    return [...this.#byMetric.values()].flatMap((places) =>
      [...places.values()].flatMap((buckets) => [...buckets.values()]),
    )
  }
}
