import { formatMs } from '../format/time.ts'
import type { TurnProblem } from './speech.ts'

/** What a band of a turn shows, from most to least: each has less room than the one before it. */
export type BandRoom = 'words' | 'dots' | 'number' | 'marks' | 'edge'

/** In pixels, as the style sheet has them; letters of the label are no wider than this. */
const letter = 6
const padding = 12
const gap = 6
const mark = 12
const dot = 7
const words: Partial<Record<TurnProblem, number>> = { 'low-score': 56, silence: 46 }

/** What fits into a band that is so many pixels wide, beside the marks of what is wrong in its turn. */
export function roomIn(
  widthPx: number,
  { label, number, problems }: { label: string; number: number; problems: readonly TurnProblem[] },
): BandRoom {
  const inWords = problems.reduce((sum, problem) => sum + gap + (words[problem] ?? mark), 0)
  const inDots = problems.reduce((sum, problem) => sum + gap + (problem in words ? dot : mark), 0)
  const room = widthPx - padding
  if (room >= label.length * letter + inWords) return 'words'
  if (room >= label.length * letter + inDots) return 'dots'
  if (room >= String(number).length * letter + inDots) return 'number'
  return room >= inDots - gap && problems.length > 0 ? 'marks' : 'edge'
}

/** A time as far as it fits into so many pixels: with its unit, without it, or not at all. */
export function timeIn(widthPx: number, ms: number): string {
  const time = formatMs(ms)
  return [`${time} ms`, time].find((text) => gap + text.length * letter <= widthPx) ?? ''
}
