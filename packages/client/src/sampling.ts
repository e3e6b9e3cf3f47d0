import type { SpanOptions } from './options.ts'

export interface SamplingRule {
  /** The name of the trace's first span: a text it equals, or a pattern it matches. */
  name?: string | RegExp | undefined
  spanType?: string | undefined
  /** Attributes the first span starts with, each equal to the value given. */
  attributes?: Record<string, unknown> | undefined
  /** Share of the traces it fits that are kept, 0 to 1. */
  rate: number
}

/** Which traces are kept. Decided once, when a trace's first span starts, for all its spans. */
export interface SamplingOptions {
  /** Share of traces kept, 0 to 1, decided by the trace id, so that every process decides alike. Default 1. */
  rate?: number | undefined
  /** The first rule that fits a trace decides in place of `rate`. */
  rules?: readonly SamplingRule[] | undefined
  /** Of what is left, at most this many traces a second. */
  maxTracesPerSecond?: number | undefined
}

/** Gives true for a trace that is kept. */
export type Sampler = (traceId: string, options: SpanOptions) => boolean

/** Makes the decision of `options`; null when every trace is kept. */
export function samplerOf(options: SamplingOptions | undefined): Sampler | null {
  if (options === undefined) return null
  const { rate = 1, rules = [], maxTracesPerSecond } = options
  const mayPass = maxTracesPerSecond === undefined ? null : tokens(maxTracesPerSecond)
  return (traceId, span) => {
    const rule = rules.find((candidate) => fits(candidate, span))
    return isWithin(traceId, rule === undefined ? rate : rule.rate) && (mayPass === null || mayPass())
  }
}

function fits(rule: SamplingRule, span: SpanOptions): boolean {
  const { name, spanType, attributes } = rule
  const isNamedSo =
    typeof name === 'string' ? span.name === name : name === undefined || span.name.search(name) >= 0
  if (!isNamedSo) return false
  if (spanType !== undefined && span.spanType !== spanType) return false
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (span.attributes?.[key] !== value) return false
  }
  return true
}

/** OpenTelemetry's way of sampling by the trace id: its last 7 bytes as a number, as a share of the largest. */
function isWithin(traceId: string, rate: number): boolean {
  if (!(rate < 1)) return true
  return Number.parseInt(traceId.slice(-14), 16) < rate * 2 ** 56
}

/** A bucket that holds one second's tokens. */
function tokens(perSecond: number): () => boolean {
  let left = Math.max(1, perSecond)
  let filledMs = performance.now()
  return () => {
    const nowMs = performance.now()
    left = Math.min(Math.max(1, perSecond), left + ((nowMs - filledMs) * perSecond) / 1000)
    filledMs = nowMs
    if (left < 1) return false
    left--
    return true
  }
}
