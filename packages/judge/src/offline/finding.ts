import type { Confidence, Judgement } from '../judgement.ts'
import { toScore } from '../judgement.ts'

/** What an offline measure found: the score before rounding, the measured signals, and the words for people. */
export interface Finding {
  score: number
  confidence: Confidence
  /** The evidence, in sentences. */
  evidence: string[]
  /** Why the confidence is what it is, one sentence. */
  trust: string
  signals: Record<string, number>
}

/** The judgement that states a finding with its signals and its confidence. */
export function scored(finding: Finding): Judgement {
  return {
    kind: 'scored',
    score: toScore(finding.score),
    rationale: [...finding.evidence, `Confidence: ${finding.confidence}. ${finding.trust}`].join(' '),
    confidence: finding.confidence,
    metadata: Object.fromEntries(
      Object.entries(finding.signals).map(([name, value]) => [`signal.${name}`, value.toFixed(3)]),
    ),
  }
}

export function notJudged(reason: string): Judgement {
  return { kind: 'not_judged', reason, metadata: {} }
}

/**
 * The height at `x` of the line through the points, which are in order of x. Beyond the ends the height of the
 * end. It keeps a continuous score in step with cut-off values, so that rounding gives the cut-off's level.
 */
export function along(points: readonly (readonly [x: number, y: number])[], x: number): number {
  let before: readonly [number, number] | undefined
  for (const point of points) {
    if (x < point[0]) {
      if (!before) return point[1]
      return before[1] + ((x - before[0]) / (point[0] - before[0])) * (point[1] - before[1])
    }
    before = point
  }
  return before?.[1] ?? Number.NaN
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}

/** A text short enough to quote, in quotation marks. */
export function quote(text: string): string {
  const line = text.replace(/\s+/gu, ' ').trim()
  return `“${line.length > 90 ? `${line.slice(0, 89).trimEnd()}…` : line}”`
}
