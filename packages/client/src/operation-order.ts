import type { Operation } from './operation.ts'

/**
 * The first of operations in order that may be sent while some of them are under way. What is of one run goes out in
 * order, and so do the states of one trace; assessments follow the traces and the spans before them. So do spans, but for
 * those whose answer does not come, which `isSlow` tells, and what waits for these: a server takes a trace's spans before it.
 */
export function firstFree<T extends { operation: Operation }>(
  inOrder: readonly T[],
  underWay: { has(one: T): boolean },
  isSlow: (one: T) => boolean = () => false,
): T | null {
  const unsettled = new Set<string>()
  /** Of `unsettled`, what something slow holds back, and what nothing does. */
  const held = new Set<string>()
  const moving = new Set<string>()
  for (const one of inOrder) {
    const { follows, overtakesSlow, precedes } = tiesOf(one.operation)
    const isFree = !follows.some((tie) => unsettled.has(tie)) && !overtakesSlow.some((tie) => moving.has(tie))
    if (isFree && !underWay.has(one)) return one
    const isHeld = underWay.has(one) ? isSlow(one) : follows.some((tie) => held.has(tie))
    for (const tie of precedes) {
      unsettled.add(tie)
      if (isHeld) held.add(tie)
      else moving.add(tie)
    }
  }
  return null
}

/** An operation follows those before it that precede something of the same name. */
interface Ties {
  follows: string[]
  /** As `follows`, but for what does not get on. */
  overtakesSlow: string[]
  precedes: string[]
}

function tiesOf(operation: Operation): Ties {
  switch (operation.kind) {
    case 'startTrace': {
      const trace = String(operation.info.trace_id)
      const run = operation.run === null ? [] : [operation.run.key]
      return { follows: [trace, ...run], overtakesSlow: [], precedes: [trace, 'traces'] }
    }
    case 'spans':
      return { follows: [], overtakesSlow: ['traces', 'spans'], precedes: ['spans'] }
    case 'feedback':
      return { follows: ['traces', 'spans'], overtakesSlow: [], precedes: [] }
    default: {
      const { key } = operation.run
      return { follows: [key], overtakesSlow: [], precedes: [key] }
    }
  }
}
