import type { TurnLatency } from './latency.ts'
import type { TraceFacts } from './trace.ts'

/** One judge's scores over a trace; what people scored by the same name is not among them. */
export interface ScoreSummary {
  /** Such as `judge.tone`. */
  name: string
  /** Mean over the judged turns, 1 to 5; null when every judgement is an error or "not judged". */
  mean: number | null
  lowest: number | null
  count: number
  errors: number
}

/** A row of the trace list: what it shows without loading spans, payloads or what the judges wrote. */
export interface TraceSummary {
  info: TraceFacts
  spanCount: number
  errorCount: number
  turnCount: number
  interruptedCount: number
  /** The first thing the user said in the conversation. */
  firstUserText: string | null
  /** The slowest turn's latency, which the row's gap bar draws. */
  slowestTurn: (TurnLatency & { number: number }) | null
  medianVoiceToVoiceMs: number | null
  totalTokens: number | null
  /** US dollars, as far as the spans tell any. */
  totalCost: number | null
  scores: ScoreSummary[]
}
