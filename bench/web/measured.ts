import { type PageWork, percentile, sum } from './page-work.ts'

/** Figures of one round by their names. */
export type Measured = Record<string, number>

/** Frames and tasks while something went on. */
export function smoothness(name: string, { frames, tasks, lastedMs }: PageWork): Measured {
  return {
    [`${name}: frames, median ms`]: percentile(frames, 0.5),
    [`${name}: frames, 95th percentile ms`]: percentile(frames, 0.95),
    [`${name}: longest task, ms`]: percentile(tasks, 1),
    [`${name}: main thread busy for each frame, ms`]: sum(tasks) / Math.max(1, frames.length),
    [`${name}: main thread busy, %`]: (100 * sum(tasks)) / lastedMs,
  }
}

/** The middle of all rounds of each figure, with the least and the most. */
export function printMedians(subject: string, rounds: readonly Measured[]): void {
  console.log(`  ${subject}, median of ${rounds.length} rounds`)
  for (const name of Object.keys(rounds[0] ?? {})) {
    const values = rounds.map((round) => round[name] ?? 0).sort((a, b) => a - b)
    const [middle, least, most] = [percentile(values, 0.5), percentile(values, 0), percentile(values, 1)].map(
      (value) => value.toFixed(value < 100 ? 1 : 0),
    )
    console.log(`    ${name}: ${middle} (${least} to ${most})`)
  }
}
